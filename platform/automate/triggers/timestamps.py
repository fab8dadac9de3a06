"""Check the time that the sender of an event states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from automate.kernel.errors import NormalizedError
from automate.kernel.timestamps import EPOCH

MOST_AHEAD = timedelta(days=1)
"""How far a sender's clock may be ahead of ours."""


def check_timestamp(timestamp: datetime, name: str, path: Sequence[str | int]) -> datetime:
    """Return the time if it has an offset and is plausible. Otherwise raises NormalizedError BAD_USER_INPUT."""
    if timestamp.tzinfo is None:
        raise NormalizedError(
            "BAD_USER_INPUT", f"{name} has no offset from UTC. Write it as in 2026-11-25T10:00:00Z.", path=path
        )
    if not can_be(timestamp):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"{name} is {timestamp.isoformat()}. It must lie between 1970 and one day from now.",
            path=path,
        )
    return timestamp


def can_be(timestamp: datetime) -> bool:
    """Whether a time lies between 1970 and one day from now. The time must have an offset."""
    return EPOCH <= timestamp <= datetime.now(timezone.utc) + MOST_AHEAD
