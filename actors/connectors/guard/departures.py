"""Notes whether anything of a call has left the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Departure:
    """What the guard has sent for one call."""

    sent: bool = False
    """Whether a connection carried a part of a request, of any request of the call."""


_departure: ContextVar[Departure | None] = ContextVar("departure", default=None)


@contextmanager
def noting_departure() -> Iterator[Departure]:
    """Within the ``with`` block, note in the returned object whether the guard sends anything."""
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
