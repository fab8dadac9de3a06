"""Remembers tokens that this process has just looked up, so that further requests with the same token need no statement.

A token is remembered for FRESH_SECONDS. It is forgotten earlier if this process changes permissions. If another process
revokes a token, this process refuses the token at most FRESH_SECONDS later. See
docs/decisions/tokens-are-remembered.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from automate.kernel import access_changes
from automate.kernel.bounded import BoundedCache
from tenants.credentials import Admitted

FRESH_SECONDS = 0.3
MOST_TOKENS = 4_096


@dataclass(frozen=True)
class _Entry:
    """A remembered token."""

    admitted: Admitted
    mark: int
    """The count of changes by this process when the token was looked up."""
    looked_up: float
    """The monotonic time before the statement."""


class FreshTokens:
    """The remembered tokens of one process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: BoundedCache[str, _Entry] = BoundedCache(MOST_TOKENS)

    def admitted(self, digest: str, look_up: Callable[[], Admitted]) -> Admitted:
        """Return the token with this digest, from memory or by calling ``look_up``.

        look_up: reads the token from the database. If it raises because the token is invalid, nothing is remembered.
        """
        mark, now = access_changes.mark(), self._clock()
        entry = self._entries.get(digest)
        if entry is not None and entry.mark == mark and now - entry.looked_up < FRESH_SECONDS:
            return entry.admitted
        found = look_up()
        self._entries.put(digest, _Entry(found, mark, now))
        return found


fresh_tokens = FreshTokens()
