"""What something costs a processor."""

from __future__ import annotations

import time
from collections.abc import Callable


def takes_under(seconds: float, act: Callable[[], object]) -> bool:
    """Whether act takes this thread so little of a processor: of three times the best, for one may pay for all tests' garbage."""

    def spent() -> float:
        began = time.thread_time()
        act()
        return time.thread_time() - began

    return any(spent() < seconds for _ in range(3))
