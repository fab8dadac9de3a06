"""The last writes of a process before it exits. Web needs two occasions: at its exit, its connection pool is already closed."""

from __future__ import annotations

import atexit
from collections.abc import Callable

_writes: list[Callable[[], object]] = []


def write_last(write: Callable[[], object]) -> None:
    """Register a function that writes. It is called after web's last answer, and again at the exit of any process. It may have
    nothing to write.
    """
    _writes.append(write)
    atexit.register(write)


def write_all() -> None:
    """Call all registered functions while the database is reachable."""
    for write in _writes:
        write()
