"""Timestamps as whole microseconds since 1970. This module imports no Django."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def timestamp_of(since: int) -> datetime:
    """Convert whole microseconds since 1970 to a timestamp."""
    return EPOCH + since * _MICROSECOND
