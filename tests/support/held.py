"""How long a thread holds Python's lock without a chance for other threads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

MOST_SECONDS, NOISE = 0.006, 3
"""Of processor time in one call of a function in C, which other threads wait for. The best of three runs counts."""


def longest_call(act: Callable[[], object]) -> float:
    """Seconds of processor time of the longest call into C."""
    began: list[float] = []
    longest = 0.0

    def note(_frame: object, event: str, _called: object) -> None:
        nonlocal longest
        if event == "c_call":
            began.append(time.thread_time())
        elif event in {"c_return", "c_exception"} and began:
            longest = max(longest, time.thread_time() - began.pop())

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return longest
