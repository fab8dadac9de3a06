"""A deadline that all requests of one call share."""

from __future__ import annotations

import time


def seconds_left(deadline: float) -> float:
    """Return the seconds until a monotonic time, at least 0.001."""
    return max(round(deadline - time.monotonic(), 3), 0.001)
