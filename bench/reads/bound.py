"""Binds web processes to processors, as ``taskset -a`` does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def bind(pids: Sequence[int]) -> None:
    """Bind each process to a different processor. If there are too few processors, processes share them. Linux only."""
    processors = sorted(os.sched_getaffinity(0))
    for place, pid in enumerate(pids):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            # Threads that start later inherit the processor.
            os.sched_setaffinity(int(thread.name), {processors[place % len(processors)]})
