"""One deadline for a call that sends several requests."""

from __future__ import annotations

import time


def seconds_left(deadline: float) -> float:
    """Until a moment of the monotonic clock, in whole milliseconds and at least one, since people read it in errors."""
    return max(round(deadline - time.monotonic(), 3), 0.001)
