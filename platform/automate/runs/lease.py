"""What a set of runs is told by its holder."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from automate.kernel.limits import KIB, LIMITS

UNLOAD_WEIGHT = 64 * KIB
"""Runs that take less memory stay loaded."""


@dataclass(frozen=True)
class Lease:
    """seconds: of a claim. yielding: true when runs are to be handed back instead of starting another step. calls: how many
    the runs of the tenant may have under way together. crowded: true while the process holds as much as it may in memory.
    call_room: bytes of memory that large requests of the tenant may take besides those in flight. output_bytes: the limit
    run_output_bytes.
    """

    seconds: float
    yielding: Callable[[], bool]
    calls: Callable[[], int]
    crowded: Callable[[], bool] = lambda: False
    call_room: Callable[[], float] = lambda: math.inf
    output_bytes: int = LIMITS.run_output_bytes
