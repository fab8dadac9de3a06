"""The decision to repeat a request after an idle connection ended without a byte of an answer.

The policy is in the context of the call, as the rules of ``reach`` are, so that no connector can omit it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""These methods change nothing, whether or not they arrive (RFC 9110 9.2.1)."""


@dataclass
class Repeats:
    """Whether a call may repeat a request, and whether it has done so."""

    allowed: bool = False
    """A repetition under the same key changes nothing new."""
    made: int = 0
    """The number of repeated requests, at most one."""

    def take(self) -> bool:
        """Use the one repetition. Returns whether it was still unused."""
        if not self.allowed or self.made:
            return False
        self.made = 1
        return True


_repeats: ContextVar[Repeats | None] = ContextVar("repeats", default=None)


@contextmanager
def repeating(*, allowed: bool) -> Iterator[Repeats]:
    """Requests in the block belong to one call, and one of them may be repeated. The yielded object counts it."""
    repeats = Repeats(allowed)
    token = _repeats.set(repeats)
    try:
        yield repeats
    finally:
        _repeats.reset(token)


def may_repeat(method: str, *, harmless: bool) -> bool:
    """Whether a request may be repeated. harmless: a repetition changes nothing, in any call."""
    if harmless or method in SAFE_METHODS:
        return True
    repeats = _repeats.get()
    return repeats is not None and repeats.take()
