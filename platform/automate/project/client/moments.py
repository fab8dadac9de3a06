"""Times as the API writes them."""

from __future__ import annotations

from datetime import datetime


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 knows no Z


def milliseconds(earlier: str | None, later: str | None) -> str:
    """From one to the other, in whole milliseconds; empty while either is unknown."""
    if earlier is None or later is None:
        return ""
    return f"{(moment(later) - moment(earlier)).total_seconds() * 1000:.0f}"


def clock(text: str) -> str:
    """The time of day on this machine's clock, with milliseconds."""
    return moment(text).astimezone().strftime("%H:%M:%S.%f")[:-3]
