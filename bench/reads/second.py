"""A second web process at the same offered load: the increase of a request's processor time.

Two processes have half of the load each. So one process is also measured at half of the load: what it takes longer
there is the price of less work at a time, and only the rest is the price of the second process.
"""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import psutil

from automate.devserver import ports
from bench.reads import client
from bench.reads.awake import awake_processors

if TYPE_CHECKING:
    from bench.reads.scenes import Scene
    from bench.system import System

SECOND = "web-2"
OFFERED_SHARE = 0.5
"""The share of the maximum rate of one process."""
MOST_RISE = 0.1


@dataclass(frozen=True)
class Second:
    """The result."""

    scene: str
    offered: float
    """Requests a second, of all processes together."""
    one_ms: float
    """Processor time of web for each answer, with one process."""
    half_ms: float
    """The same at half of the load."""
    two_ms: float
    """The same with two processes at the whole load."""

    @property
    def rise(self) -> float:
        return self.two_ms / self.one_ms - 1

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "rise": self.rise}

    def line(self) -> str:
        met = "met" if self.rise <= MOST_RISE else "MISSED"
        numbers = f"{self.offered:8,.0f}{self.one_ms:11.2f}{self.half_ms:11.2f}{self.two_ms:11.2f}{self.rise:+8.0%}"
        return f"{self.scene:22}{numbers}  +{MOST_RISE:.0%} {met}"


HEAD = f"\n{'second web process':22}{'offered':>8}{'one/ms':>11}{'one, half':>11}{'two/ms':>11}{'rise':>8}  target"


def measured(system: System, scenes: list[Scene], token: str, seconds: float, rounds: int) -> list[Second]:
    """Measure one process and two in turn. The first process already runs.

    The second one is started here and idles while one is measured.
    """
    port = ports.free_port()
    system.start(SECOND, AUTOMATE_PORT=str(port))
    system.wait_until_ready(port)
    try:
        print(HEAD, flush=True)
        found = []
        with awake_processors():
            for scene in scenes:
                found.append(_measured(system, port, scene, scene.requests_of_ours(token), seconds, rounds))
                print(found[-1].line(), flush=True)
        return found
    finally:
        system.stop(SECOND)


def _measured(  # noqa: PLR0917 - a measurement's parts
    system: System, second_port: int, scene: Scene, requests: list[bytes], seconds: float, rounds: int
) -> Second:
    most = client.ask(system.port, requests, seconds).per_second
    # The second process warms its caches and plans as well.
    client.ask(second_port, requests, seconds)
    offered = most * OFFERED_SHARE
    ways = {"one": (1, offered), "half": (1, offered / 2), "two": (2, offered)}
    spent: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, (processes, per_second) in ways.items():
            names, of_ports = ["web", SECOND][:processes], [system.port, second_port][:processes]
            before = _cpu(system, names)
            answers = client.offer(of_ports, requests, per_second, seconds).answers
            spent[way].append((_cpu(system, names) - before) / answers * 1000)
    one, half, two = (statistics.median(spent[way]) for way in ways)
    return Second(scene.name, offered, one, half, two)


def _cpu(system: System, names: list[str]) -> float:
    times = [psutil.Process(system.processes[name].pid).cpu_times() for name in names]
    return sum(one.user + one.system for one in times)
