"""Processor time that other processes take for the work of this thread, for the caller that pays for it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token

Meter = Callable[[float], None]
_meter: ContextVar[Meter | None] = ContextVar("automate_effort", default=None)


def metered(meter: Meter) -> Token[Meter | None]:
    """Call the meter with the seconds of each report in this context, until ``unmetered``."""
    return _meter.set(meter)


def unmetered(token: Token[Meter | None]) -> None:
    """token: what ``metered`` returned."""
    _meter.reset(token)


def spent(seconds: float) -> None:
    """Report seconds of processor time of another process. Without a meter they are forgotten."""
    meter = _meter.get()
    if meter is not None:
        meter(seconds)
