"""The limits within which a worker processes a set of runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from automate.kernel.limits import KIB, LIMITS

UNLOAD_WEIGHT = 64 * KIB
"""Bytes of memory; smaller runs stay loaded."""


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
    """True while the process holds as much memory as it may."""
    call_room: Callable[[], float] = lambda: math.inf
    """Bytes of memory for large requests of the tenant, besides those in flight."""
    output_bytes: int = LIMITS.run_output_bytes
    """The limit run_output_bytes."""
