"""Parses timestamps, and converts timestamps from and to microseconds since 1970. This module imports no Django."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d.\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s?(.*)", re.ASCII)
_SHORT_OFFSET = re.compile(r"([+-]\d\d)(\d\d)", re.ASCII)


def parse_timestamp(text: str) -> datetime:
    """Parse a timestamp in ISO 8601. The result is the same in all versions of Python.

    The offset can be ``Z``. Without an offset, the result has no time zone. Digits beyond microseconds are dropped. A
    leap second becomes the next second. Raises ValueError or OverflowError.
    """
    leap = False
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        day, second, fraction, offset = clock.groups()
        leap = second == "60"
        offset = _SHORT_OFFSET.sub(r"\1:\2", offset)
        text = f"{day}:{'59' if leap else second or '00'}.{(fraction or '')[:6]:0<6}{offset}"
    parsed = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith(("Z", "z")) else text)
    return parsed + timedelta(seconds=1) if leap else parsed


def parse_with_offset(text: str) -> datetime:
    """Parse an ISO 8601 timestamp with an offset. Return the timestamp in UTC. Raises ValueError or OverflowError."""
    parsed = parse_timestamp(text)
    if parsed.tzinfo is None:
        raise ValueError(text)
    return parsed.astimezone(timezone.utc)


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def timestamp_of(since: int) -> datetime:
    """Convert whole microseconds since 1970 to a timestamp."""
    return EPOCH + since * _MICROSECOND
