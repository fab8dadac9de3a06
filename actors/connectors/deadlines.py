"""A deadline that all requests of one call share."""

from __future__ import annotations

import time


def seconds_left(deadline: float) -> float:
    """The seconds until a time of the monotonic clock. At least 0.001, and rounded so that error messages can show it."""
    return max(round(deadline - time.monotonic(), 3), 0.001)
