"""Functions that write to the database before the process exits."""

from __future__ import annotations

import atexit
from collections.abc import Callable

_writes: list[Callable[[], object]] = []


def write_last(write: Callable[[], object]) -> None:
    """Register a function that writes to the database before the process exits. ``write`` must allow a second call."""
    _writes.append(write)
    atexit.register(write)


def write_all() -> None:
    """Call all registered functions. The database connections must still be open."""
    for write in _writes:
        write()
