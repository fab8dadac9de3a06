"""Tokens that a process has just looked up: the next requests with them need no statement.

A token counts for FRESH_SECONDS, from before its statement was sent, and until this process changes who may do what. So a token
that another process ends is refused so much later. See docs/decisions/tokens-are-remembered.md.
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
    """mark: of the changes by this process. looked_up: the monotonic time before the statement."""

    admitted: Admitted
    mark: int
    looked_up: float


class FreshTokens:
    """Of one process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: BoundedCache[str, _Entry] = BoundedCache(MOST_TOKENS)

    def admitted(self, digest: str, look_up: Callable[[], Admitted]) -> Admitted:
        """The token of a digest, from memory or from the database. look_up: raises what refuses the token, which is not remembered."""
        mark, now = access_changes.mark(), self._clock()
        entry = self._entries.get(digest)
        if entry is not None and entry.mark == mark and now - entry.looked_up < FRESH_SECONDS:
            return entry.admitted
        found = look_up()
        self._entries.put(digest, _Entry(found, mark, now))
        return found


fresh_tokens = FreshTokens()
