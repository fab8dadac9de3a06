"""(a) Limit A, measured by the unchanged yardstick."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from bench.system import System

YARDSTICK = Path(__file__).with_name("limit_a.py")


def limit_a(superuser_url: str, steps: int, seconds: float) -> float:
    """Whole events per second in one round. Raises AssertionError unless fsync and synchronous_commit are on."""
    command = [
        sys.executable,
        str(YARDSTICK),
        superuser_url,
        "--steps",
        str(steps),
        "--seconds",
        f"{seconds:g}",
        "--rounds",
        "1",
    ]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert (told["fsync"], told["synchronous_commit"]) == ("on", "on"), told
    return float(told["limit_a_per_s"])


def limit_a_and_its_cost(system: System, steps: int, seconds: float) -> tuple[float, float]:
    """Whole events per second, and the processor time of an event in milliseconds, its clients' and the servers'.

    The rate depends on what else the machine does, because limit A has more processes than the platform. The processor
    time depends on it far less.
    """
    before = _cpu_seconds(system)
    rate = limit_a(system.superuser_url, steps, seconds)
    return rate, 1_000 * (_cpu_seconds(system) - before) / (rate * seconds)


def _cpu_seconds(system: System) -> float:
    """The processor time of the servers, and of the commands that this process has awaited."""
    awaited = resource.getrusage(resource.RUSAGE_CHILDREN)
    return system.cpu_seconds()["servers"] + awaited.ru_utime + awaited.ru_stime
