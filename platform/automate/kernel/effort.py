"""Charges a request for processor time that another process used for the request."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token

Meter = Callable[[float], None]
_meter: ContextVar[Meter | None] = ContextVar("automate_effort", default=None)


def metered(meter: Meter) -> Token[Meter | None]:
    """Set the meter of the current context. ``spent`` reports seconds to this meter until ``unmetered``."""
    return _meter.set(meter)


def unmetered(token: Token[Meter | None]) -> None:
    """Remove the meter from the current context. token: the result of ``metered``."""
    _meter.reset(token)


def spent(seconds: float) -> None:
    """Report processor time of another process, in seconds, to the meter of the current context.

    Does nothing if the context has no meter.
    """
    meter = _meter.get()
    if meter is not None:
        meter(seconds)
