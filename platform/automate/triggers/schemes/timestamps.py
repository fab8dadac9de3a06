"""Refuses requests that were signed too long ago, so that an attacker cannot send a recorded request again later."""

from __future__ import annotations

import re

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import as_integer
from automate.triggers.schemes.scheme import DEFAULT_TOLERANCE_SECONDS, SignedRequest

_SECONDS = re.compile(r"[0-9]{1,15}")
_SURELY_MILLISECONDS = 100_000_000_000


def check_timestamp(request: SignedRequest, text: str | None, place: str) -> None:
    """Check the time at which a request was signed. ``text`` has the seconds since 1970.

    Raises INVALID_TIMESTAMP if the time is missing, invalid or too far from ``request.now``.
    """
    if not text:
        raise NormalizedError(
            "INVALID_TIMESTAMP", f"{place} is missing or empty. Send the time at which the request was signed"
        )
    if not _SECONDS.fullmatch(text):
        raise NormalizedError(
            "INVALID_TIMESTAMP",
            f"{place} is not a whole number. Send the time at which the request was signed, in seconds since 1970",
        )
    given = request.options.get("tolerance_seconds")
    tolerance = DEFAULT_TOLERANCE_SECONDS if given is None else as_integer(given)
    seconds = int(text)
    age = int(request.now) - seconds
    if abs(age) <= tolerance:
        return
    if seconds > _SURELY_MILLISECONDS:
        raise NormalizedError("INVALID_TIMESTAMP", f"{place} looks like milliseconds. Send whole seconds since 1970")
    state = f"{age} s old" if age > 0 else f"{-age} s in the future"
    raise NormalizedError(
        "INVALID_TIMESTAMP",
        f"{place} is {state} and the tolerance is {tolerance} s. Sign each attempt with the current time, and check the sender's clock",
        details={"age_seconds": age, "tolerance_seconds": tolerance},
    )
