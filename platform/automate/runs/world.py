"""What the engine takes from outside besides its runs: the time of day, ids, and chance. A rehearsal brings its own."""

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
class World:
    """seconds: since 1970. spread: any number between the two, to keep those apart that would all come at once."""

    seconds: Callable[[], float] = time.time
    new_id: Callable[[], uuid.UUID] = new_id
    spread: Callable[[float, float], float] = _anywhere


WORLD = World()
