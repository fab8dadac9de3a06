"""The engine's inputs besides its runs: the time of day, ids, and chance. A rehearsal replaces them."""

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
    """The engine's view of time, ids and chance."""

    seconds: Callable[[], float] = time.time
    """Since 1970."""
    new_id: Callable[[], uuid.UUID] = new_id
    spread: Callable[[float, float], float] = _anywhere
    """Any number between the two, to spread simultaneous work."""


SYSTEM = Nondeterminism()
