"""Processor time that other processes take for the work of this thread, for the caller that pays for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Meter = Callable[[float], None]
_meter: ContextVar[Meter | None] = ContextVar("automate_effort", default=None)


@contextmanager
def metered(meter: Meter) -> Iterator[None]:
    """Call the meter with the seconds of each report in this context."""
    token = _meter.set(meter)
    try:
        yield
    finally:
        _meter.reset(token)


def spent(seconds: float) -> None:
    """Report seconds of processor time of another process. Without a meter they are forgotten."""
    meter = _meter.get()
    if meter is not None:
        meter(seconds)
