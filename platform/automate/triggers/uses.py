"""Records the time at which each secret of a source was last used to verify a sender."""

from __future__ import annotations

import time
import uuid

import structlog
from django.db import Error

from automate.kernel.bounded import BoundedCache
from automate.triggers.transitions import mark_used

log = structlog.get_logger(__name__)

EXACT_TO_SECONDS = 60
"""A process writes the use of a secret at most once in this time. Each event stores the exact version anyway."""
MOST_REMEMBERED = 4_096

_noted: BoundedCache[tuple[uuid.UUID, int], float] = BoundedCache(MOST_REMEMBERED)
"""Monotonic time of the last write, by source and version."""


def note_use(source_id: uuid.UUID, version: int | None) -> None:
    """Record the use of a secret. Errors are only logged.

    ``version`` is None if the source checks no signature. Then nothing is recorded.
    """
    now = time.monotonic()
    if version is None or now - (_noted.get((source_id, version)) or -EXACT_TO_SECONDS) < EXACT_TO_SECONDS:
        return
    _noted.put((source_id, version), now)
    try:
        mark_used(source_id, version, unless_within_seconds=EXACT_TO_SECONDS / 2)
    except Error as error:
        log.warning("the use of a secret was not noted", version=version, error=str(error))
