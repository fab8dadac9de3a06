"""Threads of a process compute in turn: one runs Python code, while the others wait for SQL, for children, or for their turn.

Python's own lock changes hands many times within a request where several threads want it, which costs a third of the processor. A
thread gives its turn away while it waits. Where its turn does not come in time, it computes beside the others, as it would
without turns.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 0.002
"""After so long a thread waits no more for its turn: a request that computes for long must not hold up short ones."""

_turn = threading.Lock()


class _Standing(threading.local):
    """Of one thread. takes_part: it runs a job in turn. held: it has the turn."""

    takes_part = False
    held = False


_standing = _Standing()


@contextmanager
def in_turn() -> Iterator[None]:
    """Run the block in turn with those of other threads. Blocks are not nested."""
    _standing.takes_part = True
    _standing.held = _turn.acquire(timeout=PATIENCE_SECONDS)
    try:
        yield
    finally:
        _standing.takes_part = False
        _give_back()


def leave() -> bool:
    """Give the turn away before a wait. Returns whether to call ``come_back`` afterwards."""
    if not _standing.takes_part:
        return False
    _give_back()
    return True


def come_back() -> None:
    """Wait for the next turn."""
    _standing.held = _turn.acquire(timeout=PATIENCE_SECONDS)


def _give_back() -> None:
    if _standing.held:
        _standing.held = False
        _turn.release()
