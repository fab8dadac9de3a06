"""Resident memory of a process and its children, watched while an attack lasts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

MIB = 1024 * 1024
LOOK_SECONDS = 0.1


def rss_mib(pid: int) -> float:
    root = psutil.Process(pid)
    total = 0
    for process in (root, *root.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / MIB


@dataclass
class Watched:
    peak: float = 0.0


@contextmanager
def watched(pid: int) -> Iterator[Watched]:
    """Watch a process. peak: the maximum in MiB during the block."""
    found, stop = Watched(), threading.Event()

    def look() -> None:
        while not stop.wait(LOOK_SECONDS):
            found.peak = max(found.peak, rss_mib(pid))

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield found
    finally:
        stop.set()
        looker.join()
