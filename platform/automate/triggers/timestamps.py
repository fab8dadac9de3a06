"""Checks the timestamp of an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from automate.kernel.errors import NormalizedError
from automate.kernel.timestamps import EPOCH

MOST_AHEAD = timedelta(days=1)
"""How far a sender's clock may be ahead of ours."""


def check_timestamp(timestamp: datetime, name: str, path: Sequence[str | int]) -> datetime:
    """Check the timestamp of an event, and return the timestamp.

    Raises BAD_USER_INPUT if the timestamp has no offset, is before 1970, or is more than one day in the future.
    """
    if timestamp.tzinfo is None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"{name} has no offset from UTC. Add an offset, for example 2026-11-25T10:00:00Z.",
            path=path,
        )
    if not can_be(timestamp):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"{name} is {timestamp.isoformat()}. It must lie between 1970 and one day from now.",
            path=path,
        )
    return timestamp


def can_be(timestamp: datetime) -> bool:
    # Between 1970 and one day from now.
    return EPOCH <= timestamp <= datetime.now(timezone.utc) + MOST_AHEAD
