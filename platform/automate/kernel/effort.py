"""Charges a request for processor time that another process used for the request."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token

Meter = Callable[[float], None]
_meter: ContextVar[Meter | None] = ContextVar("automate_effort", default=None)


def metered(meter: Meter) -> Token[Meter | None]:
    """Set the function that ``spent`` calls in this context. ``unmetered`` removes the function."""
    return _meter.set(meter)


def unmetered(token: Token[Meter | None]) -> None:
    """Remove the function that ``metered`` has set. token: the result of ``metered``."""
    _meter.reset(token)


def spent(seconds: float) -> None:
    """Report seconds of processor time that another process has used for the current context.

    ``metered`` sets the receiver of the report. Without a receiver, nothing happens.
    """
    meter = _meter.get()
    if meter is not None:
        meter(seconds)
