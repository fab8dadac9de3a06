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
    """The time of day on this machine's clock, with milliseconds; with the date, unless that is today."""
    local = moment(text).astimezone()
    form = "%H:%M:%S.%f" if local.date() == datetime.now().astimezone().date() else "%Y-%m-%d %H:%M:%S.%f"
    return local.strftime(form)[:-3]
