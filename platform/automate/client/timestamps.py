"""Parses timestamps of the API, and formats them for people."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from automate.kernel.errors import NormalizedError
from automate.kernel.timestamps import parse_timestamp

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_AGE = re.compile(r"(\d{1,9})([smhd])")


def timestamp_or_age(text: str) -> datetime:
    """Parse a timestamp, or an age such as ``90m``, ``24h`` or ``7d``. Raises BAD_USER_INPUT for other text."""
    aged = _AGE.fullmatch(text)
    try:
        if aged is not None:
            return datetime.now(timezone.utc) - timedelta(seconds=int(aged[1]) * _UNIT_SECONDS[aged[2]])
        return parse_timestamp(text).astimezone()
    except (ValueError, OverflowError):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"{text!r} is not a timestamp. Write 2026-11-26T08:00:00Z, or an age such as 90m, 24h or 7d.",
        ) from None


def milliseconds(earlier: str | None, later: str | None) -> str:
    """Return the milliseconds between two timestamps. Return "" if a timestamp is None."""
    if earlier is None or later is None:
        return ""
    return f"{(parse_timestamp(later) - parse_timestamp(earlier)).total_seconds() * 1000:.0f}"


def clock(text: str) -> str:
    """Return the local time of a timestamp. The text includes the date if the date is not today."""
    local = parse_timestamp(text).astimezone()
    form = "%H:%M:%S.%f" if local.date() == datetime.now().astimezone().date() else "%Y-%m-%d %H:%M:%S.%f"
    return local.strftime(form)[:-3]
