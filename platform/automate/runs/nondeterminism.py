"""The time of day, new ids and random numbers for the run engine. A simulated run uses its own time, ids and numbers."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from automate.kernel.ids import new_id


def _anywhere(low: float, high: float) -> float:
    return random.uniform(low, high)  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True)
class Nondeterminism:
    seconds: Callable[[], float] = time.time
    """Since 1970."""
    new_id: Callable[[], uuid.UUID] = new_id
    spread: Callable[[float, float], float] = _anywhere
    """Returns a random number between two bounds, to spread simultaneous work."""


SYSTEM = Nondeterminism()
