"""How long a command takes, as if the machine were idle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LISTS, OF_CLIENTS, OF_OTHERS = 0.3, 0.7, 1.2
"""Seconds that a command may take on an idle machine: ``--help`` and ``--version``, commands that only call the API, others."""
COMMAND = (sys.executable, "-m", "automate.cli")
YARDSTICK = (sys.executable, "-c", "import asyncio, dataclasses, json, logging, typing")
YARDSTICK_SECONDS = 0.05
"""What the yardstick takes on an idle machine. Where it takes longer, other work slows the processor down, or the machine is slower."""
TRIES = 5


@dataclass(frozen=True)
class Spent:
    """Seconds of one execution of a command."""

    processor: float
    elapsed: float
    """From its start to its end, without the time in which it waited for a processor."""


def spent(command: Sequence[str], environ: Mapping[str, str]) -> Spent:
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ended(process, began)


def ended(process: subprocess.Popen[Any], began: float) -> Spent:
    """Wait for the end of a process that was started at a time of ``perf_counter``."""
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    elapsed = time.perf_counter() - began
    delayed = _queued(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Spent(used.ru_utime + used.ru_stime, elapsed - delayed)


def _queued(pid: int) -> float:
    # Seconds in which the process was ready and had no processor. Linux alone counts them.
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except FileNotFoundError:
        return 0.0


def shortest(seconds: Callable[[], float], environ: Mapping[str, str], most: float) -> float:
    """The shortest of at most TRIES measurements, as if the machine were idle. No further one where one is at most ``most``."""
    best = float("inf")
    for _ in range(TRIES):
        slow = spent(YARDSTICK, environ).processor
        measured = seconds()
        slow = max(YARDSTICK_SECONDS, slow, spent(YARDSTICK, environ).processor) / YARDSTICK_SECONDS
        best = min(best, measured / slow)
        if best <= most:
            break
    return best
