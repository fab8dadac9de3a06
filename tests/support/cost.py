"""What something costs a processor."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


def takes_under(seconds: float, act: Callable[[], object]) -> bool:
    """Whether act takes this thread so little of a processor: of three times the best, for one may pay for all tests' garbage."""

    def spent() -> float:
        began = time.thread_time()
        act()
        return time.thread_time() - began

    return any(spent() < seconds for _ in range(3))


def calls_of(act: Callable[[], object]) -> int:
    """How many functions act calls, Python's and C's: the same on every machine, however busy it is."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls
