"""The limits for a worker while it works on a set of runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from automate.kernel.limits import KIB, LIMITS

UNLOAD_WEIGHT = 64 * KIB
"""Bytes of memory. A run that uses less memory stays loaded while its calls are in flight."""


@dataclass(frozen=True)
class Lease:
    """The limits for one set of runs."""

    seconds: float
    """Duration of a claim."""
    yielding: Callable[[], bool]
    """True when runs must be handed back instead of starting another step."""
    calls: Callable[[], int]
    """Maximum number of calls that the tenant's runs may have in flight together."""
    crowded: Callable[[], bool] = lambda: False
    """Returns True while the process has reached its memory limit."""
    call_room: Callable[[], float] = lambda: math.inf
    """Returns the bytes of memory that are left for further large requests of the tenant."""
    output_bytes: int = LIMITS.run_output_bytes
    """The limit run_output_bytes."""
