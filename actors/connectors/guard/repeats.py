"""Whether a request may be sent again where an idle connection ended without a byte of an answer.

The policy travels in the context of the call, as the rules of ``reach`` do, so that no connector can leave it behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""The other side acts on none of these, whether or not they arrive (RFC 9110 9.2.1)."""


@dataclass
class Repeats:
    """allowed: a repeat under the same key does nothing new. made: how many requests were sent again, at most one."""

    allowed: bool = False
    made: int = 0

    def take(self) -> bool:
        """Whether the one repeat is free; it is used up then."""
        if not self.allowed or self.made:
            return False
        self.made = 1
        return True


_repeats: ContextVar[Repeats | None] = ContextVar("repeats", default=None)


@contextmanager
def repeating(*, allowed: bool) -> Iterator[Repeats]:
    """Requests within belong to one call, of which one may be sent again. The yielded object counts it."""
    repeats = Repeats(allowed)
    token = _repeats.set(repeats)
    try:
        yield repeats
    finally:
        _repeats.reset(token)


def may_repeat(method: str, *, harmless: bool) -> bool:
    """Whether to send a request again. harmless: a repeat does nothing new, whatever the call does."""
    if harmless or method in SAFE_METHODS:
        return True
    repeats = _repeats.get()
    return repeats is not None and repeats.take()
