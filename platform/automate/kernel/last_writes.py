"""Functions that write to the database before the process exits.

Web calls them before it closes its connection pool. When the process exits, the pool is already closed.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable

_writes: list[Callable[[], object]] = []


def write_last(write: Callable[[], object]) -> None:
    """Register a function that writes to the database before the process exits.

    Web calls the function after its last answer. Every process also calls the function at its exit. So a call may find
    nothing to write.
    """
    _writes.append(write)
    atexit.register(write)


def write_all() -> None:
    """Call all registered functions. Call this while the process can still reach the database."""
    for write in _writes:
        write()
