"""A deadline that all requests of one call share."""

from __future__ import annotations

import time


def seconds_left(deadline: float) -> float:
    """The seconds until a time of the monotonic clock, at least 0.001. Rounded to milliseconds for error messages."""
    return max(round(deadline - time.monotonic(), 3), 0.001)
