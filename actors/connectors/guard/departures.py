"""Records whether the worker has sent any part of a call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Departure:
    """States whether the worker has sent any part of one call."""

    sent: bool = False
    """Whether a connection carried a part of a request, of any request of the call."""


_departure: ContextVar[Departure | None] = ContextVar("departure", default=None)


@contextmanager
def noting_departure() -> Iterator[Departure]:
    """Record in the returned object whether the worker sends any part of a call during the ``with`` block."""
    departure = Departure()
    token = _departure.set(departure)
    try:
        yield departure
    finally:
        _departure.reset(token)


def note_departure() -> None:
    departure = _departure.get()
    if departure is not None:
        departure.sent = True
