"""Reports processor time that other processes use for the work of this thread, so that the caller is charged for it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token

Meter = Callable[[float], None]
_meter: ContextVar[Meter | None] = ContextVar("automate_effort", default=None)


def metered(meter: Meter) -> Token[Meter | None]:
    """Report such seconds to the meter in this context, until ``unmetered``."""
    return _meter.set(meter)


def unmetered(token: Token[Meter | None]) -> None:
    """End the reports to a meter. token: the result of ``metered``."""
    _meter.reset(token)


def spent(seconds: float) -> None:
    """Report seconds of another process's processor time. Without a meter, nothing happens."""
    meter = _meter.get()
    if meter is not None:
        meter(seconds)
