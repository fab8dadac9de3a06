"""Processors that never sleep while something is measured.

A virtual processor that sleeps between two requests finds cold caches after it wakes. The same Python code then takes up
to 1.7 times as long, so a lightly loaded process looks dear. A loop of the lowest priority keeps each processor awake; it
yields at once to everything else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LOOP = """
import os, sys
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
os.sched_setaffinity(0, {int(sys.argv[1])})
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(100_000):
        pass
"""


@contextmanager
def awake_processors() -> Iterator[bool]:
    """Returns whether the processors are kept awake: only Linux can."""
    if not hasattr(os, "SCHED_IDLE"):
        yield False
        return
    loops = [subprocess.Popen([sys.executable, "-c", LOOP, str(one)]) for one in sorted(os.sched_getaffinity(0))]
    try:
        yield True
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
