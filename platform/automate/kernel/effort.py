"""Adds the processor time of a child process to the cost of the request that uses the child process."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token

Meter = Callable[[float], None]
_meter: ContextVar[Meter | None] = ContextVar("automate_effort", default=None)


def metered(meter: Meter) -> Token[Meter | None]:
    """Set the meter of this context. Each call of ``spent`` passes a number of seconds to the meter."""
    return _meter.set(meter)


def unmetered(token: Token[Meter | None]) -> None:
    _meter.reset(token)


def spent(seconds: float) -> None:
    meter = _meter.get()
    if meter is not None:
        meter(seconds)
