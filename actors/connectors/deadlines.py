"""A deadline that all requests of one call share."""

from __future__ import annotations

import time


def seconds_left(deadline: float) -> float:
    """Return the seconds that remain until ``deadline``. The result is at least 0.001.

    ``deadline`` is a time of the monotonic clock.
    """
    return max(round(deadline - time.monotonic(), 3), 0.001)
