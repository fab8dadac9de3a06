"""A second web process: the increase of a request's processor time.

A process with less to do takes longer for each request: it answers them one by one, and its caches are cold after each
pause. So two processes with half of the load each are compared with one process at the whole and at half of the load.
The same is measured of a control, a server without any of our code.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import psutil

from automate.devserver import ports
from bench.reads import client
from bench.reads.awake import awake_processors
from bench.reads.bound import bind
from bench.reads.listening import wait_for

if TYPE_CHECKING:
    from bench.reads.scenes import Scene
    from bench.system import System

SECOND = "web-2"
CONTROL = "control: a bare server"
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
    """The same at half of the load: what each of two processes has."""
    two_ms: float
    """The same with two processes at the whole load."""

    @property
    def rise(self) -> float:
        """At the same load of all processes together. It includes the price of less work at a time."""
        return _rise(self.two_ms, self.one_ms)

    @property
    def rise_of_each(self) -> float:
        """At the same load of each process: the price of the second process alone."""
        return _rise(self.two_ms, self.half_ms)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "rise": self.rise, "rise_of_each": self.rise_of_each}

    def line(self) -> str:
        numbers = f"{self.offered:8,.0f}{self.one_ms:10.2f}{self.half_ms:10.2f}{self.two_ms:10.2f}"
        numbers += f"{self.rise:+11.0%}{self.rise_of_each:+11.0%}"
        if self.scene == CONTROL:
            return f"{self.scene:22}{numbers}"
        met = "met" if self.rise_of_each <= MOST_RISE else "MISSED"
        return f"{self.scene:22}{numbers}  +{MOST_RISE:.0%} {met}"


HEAD = (
    f"\n{'second web process':22}{'offered':>8}{'one/ms':>10}{'half/ms':>10}{'two/ms':>10}{'two:one':>11}{'two:half':>11}"
    "  target of two:half"
)


def measured(
    system: System, scenes: list[Scene], token: str, seconds: float, rounds: int, *, bound: bool
) -> list[Second]:
    """Measure one process and two in turn. The first process already runs.

    The second one is started here and idles while one is measured. ``bound``: whether each process, also of the
    control, is bound to a different processor.
    """
    port = ports.free_port()
    system.start(SECOND, AUTOMATE_PORT=str(port))
    system.wait_until_ready(port)
    web = {system.port: system.processes["web"].pid, port: system.processes[SECOND].pid}
    found = []
    try:
        print(HEAD, flush=True)
        with awake_processors(), _control() as control:
            if bound:
                bind(list(web.values()))
                bind(list(control.values()))
            for scene in scenes:
                found.append(_measured(scene.name, web, scene.requests_of_ours(token), seconds, rounds))
                print(found[-1].line(), flush=True)
            found.append(_measured(CONTROL, control, [client.post("/", b"{}")], seconds, rounds))
            print(found[-1].line(), flush=True)
        return found
    finally:
        system.stop(SECOND)


@contextmanager
def _control() -> Iterator[dict[int, int]]:
    """Two processes of the control: their ports and process ids."""
    started = {port: _bare(port) for port in (ports.free_port(), ports.free_port())}
    try:
        for port in started:
            wait_for(port)
        yield {port: process.pid for port, process in started.items()}
    finally:
        for process in started.values():
            process.terminate()
            process.wait(timeout=30)


def _bare(port: int) -> subprocess.Popen[bytes]:
    quiet = ("--no-access-log", "--log-level", "warning", "--lifespan", "off")
    return subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "bench.reads.bare:application", "--port", str(port), *quiet]
    )


def _measured(name: str, processes: dict[int, int], requests: Sequence[bytes], seconds: float, rounds: int) -> Second:
    """processes: process ids by port."""
    ports_of_all = list(processes)
    most = client.ask(ports_of_all[0], requests, seconds).per_second
    # The second process warms its caches and plans as well.
    client.ask(ports_of_all[1], requests, seconds)
    offered = most * OFFERED_SHARE
    ways = {"one": (1, offered), "half": (1, offered / 2), "two": (2, offered)}
    spent: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, (count, per_second) in ways.items():
            asked = ports_of_all[:count]
            pids = [processes[port] for port in asked]
            before = _cpu(pids)
            answers = client.offer(asked, requests, per_second, seconds).answers
            spent[way].append((_cpu(pids) - before) / answers * 1000)
    one, half, two = (statistics.median(spent[way]) for way in ways)
    return Second(name, offered, one, half, two)


def _rise(after: float, before: float) -> float:
    # The system counts in steps of 10 ms, so a short measurement may find no time at all.
    return after / before - 1 if before else 0.0


def _cpu(pids: Sequence[int]) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(one.user + one.system for one in times)
