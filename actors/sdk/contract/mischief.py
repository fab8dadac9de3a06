"""What another side does to those who call it."""

from __future__ import annotations

import enum


class Mischief(enum.Enum):
    """Whatever it does, it has read the whole request, and done what was asked, except where it says so. What is said here
    of HTTP a mail server does in its own words, but for redirects, of which it has none.
    """

    NONE = enum.auto()
    TIME_OUT = enum.auto()
    """It never answers."""
    RESET = enum.auto()
    """It resets the connection."""
    HALF_A_BODY = enum.auto()
    """It closes in the middle of its answer, or of its reply."""
    SLOW_DRIP = enum.auto()
    """Its answer comes byte by byte, for ever."""
    RATE_LIMITED = enum.auto()
    """429 with Retry-After, or a 450: it has done nothing."""
    REDIRECT_LOOP = enum.auto()
    """It has done nothing, and leads back to itself."""
    REDIRECT_AWAY = enum.auto()
    """It has done nothing, and leads to another origin, which keeps what it is sent."""
    WRONG_TYPE = enum.auto()
    """A page for people, with 200; or HTTP where mail is spoken."""
    ECHO = enum.auto()
    """It sends all that it was sent back, with 200."""
    ECHO_REFUSED = enum.auto()
    """The same with 422, or 550: it has done nothing."""


DONE_NOTHING = frozenset({Mischief.RATE_LIMITED, Mischief.REDIRECT_LOOP, Mischief.REDIRECT_AWAY, Mischief.ECHO_REFUSED})
HANGS = frozenset({Mischief.TIME_OUT, Mischief.SLOW_DRIP})
"""Only the caller's own deadline leads out of these, and so it is short. All others end by themselves, however busy the machine."""
NOBODY_KNOWS = (Mischief.TIME_OUT, Mischief.RESET, Mischief.HALF_A_BODY, Mischief.SLOW_DRIP)
"""After these nobody can say whether it was done."""
