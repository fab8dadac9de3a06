"""Decides whether a request is sent again after the host closed an idle connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""These methods change nothing, whether or not they arrive (RFC 9110 9.2.1)."""


@dataclass
class Repeats:
    """Stores whether a call is allowed to send a request a second time."""

    allowed: bool = False
    """Whether a repeated request with the same idempotency key has no further effect."""
    made: int = 0
    """The number of repeated requests, at most one."""

    def take(self) -> bool:
        """Return True if the call is allowed to repeat a request. ``take`` returns True at most once."""
        if not self.allowed or self.made:
            return False
        self.made = 1
        return True


_repeats: ContextVar[Repeats | None] = ContextVar("repeats", default=None)


@contextmanager
def repeating(*, allowed: bool) -> Iterator[Repeats]:
    """Allow or forbid the code of the ``with`` block to send one request a second time."""
    repeats = Repeats(allowed)
    token = _repeats.set(repeats)
    try:
        yield repeats
    finally:
        _repeats.reset(token)


def may_repeat(method: str, *, harmless: bool) -> bool:
    # `harmless`: a repetition changes nothing in the other system.
    if harmless or method in SAFE_METHODS:
        return True
    repeats = _repeats.get()
    return repeats is not None and repeats.take()
