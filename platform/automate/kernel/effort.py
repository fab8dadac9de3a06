"""Charges a request for the processor time of another process."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token

Meter = Callable[[float], None]
_meter: ContextVar[Meter | None] = ContextVar("automate_effort", default=None)


def metered(meter: Meter) -> Token[Meter | None]:
    """Set the function that ``spent`` calls in this context."""
    return _meter.set(meter)


def unmetered(token: Token[Meter | None]) -> None:
    _meter.reset(token)


def spent(seconds: float) -> None:
    meter = _meter.get()
    if meter is not None:
        meter(seconds)
