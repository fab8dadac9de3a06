"""Convert between timestamps and whole microseconds since 1970, without rounding. This module imports no Django."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from automate.kernel.errors import NormalizedError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def timestamp_of(since: int) -> datetime:
    """Convert whole microseconds since 1970 to a timestamp."""
    return EPOCH + since * _MICROSECOND


def parse_timestamp(text: str) -> datetime:
    """Parse a time into UTC. Raises NormalizedError BAD_USER_INPUT for other text, or a time without an offset."""
    try:
        # Before Python 3.11 fromisoformat does not know the letter Z.
        read = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
        if read.tzinfo is not None:
            return read.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        pass
    message = "This must be a timestamp with its offset from UTC, such as 2027-05-01T12:00:00Z"
    raise NormalizedError("BAD_USER_INPUT", message)
