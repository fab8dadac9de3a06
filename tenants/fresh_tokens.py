"""Remembers valid tokens for FRESH_SECONDS. A remembered token is authenticated without an SQL statement.

When this process changes permissions, it forgets all tokens. See docs/decisions/tokens-are-remembered.md.
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
    admitted: Admitted
    mark: int
    """The number of changes by this process at the time of the lookup."""
    looked_up: float
    """The monotonic time at which the lookup began."""


class FreshTokens:
    """The remembered tokens of one process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: BoundedCache[str, _Entry] = BoundedCache(MOST_TOKENS)

    def admitted(self, digest: str, look_up: Callable[[], Admitted]) -> Admitted:
        """Return the token from memory. If the token is not remembered, call ``look_up`` and remember the result.

        If ``look_up`` raises an error, nothing is remembered.
        """
        mark, now = access_changes.mark(), self._clock()
        entry = self._entries.get(digest)
        if entry is not None and entry.mark == mark and now - entry.looked_up < FRESH_SECONDS:
            return entry.admitted
        found = look_up()
        self._entries.put(digest, _Entry(found, mark, now))
        return found


fresh_tokens = FreshTokens()
