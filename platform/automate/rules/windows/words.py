"""Defines the names of the options and outcomes of windows, and makes phrases for messages about windows."""

from __future__ import annotations

from datetime import datetime, timezone

RATE_LIMIT, DEBOUNCE, THROTTLE, COUNT, ABSENCE = "rate_limit", "debounce", "throttle", "count", "absence"
WINDOWED = (RATE_LIMIT, DEBOUNCE, THROTTLE, COUNT, ABSENCE)
"""The options that have windows."""
FOLLOWED = (DEBOUNCE, ABSENCE)
"""Options whose windows end by a timer. While a timer is late, later matches have a window of their own."""
FIRED, ENDED, SUPERSEDED, DISABLED = "fired", "ended", "superseded", "disabled"
OUTCOMES = ("", FIRED, ENDED, SUPERSEDED, DISABLED)
"""How a window ended. A ``fired`` window started its run. An ``ended`` window got the event that ends an absence. The
rule of a ``superseded`` window was changed. The rule or workflow of a ``disabled`` window was disabled or deleted.
Expired windows are deleted without an outcome.
"""
TURN = THROTTLE
"""The cause for which the job of a run waits for its turn in a window."""


def limit_reached(what: str) -> str:
    return f"LIMIT_EXCEEDED: {what}, which is the limit. The event is stored. Replay the event, or give the rule a key with fewer values."


def of_key(shown: str, word: str = "of") -> str:
    # Empty if the rule has no key.
    return f" {word} the key {shown}" if shown else ""


def runs_in_words(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"


def clock(at: datetime) -> str:
    return f"{at.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
