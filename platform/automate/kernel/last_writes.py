"""Registers functions that run at the end of the process, and write to the database."""

from __future__ import annotations

import atexit
from collections.abc import Callable

_writes: list[Callable[[], object]] = []


def write_last(write: Callable[[], object]) -> None:
    """Register a function that runs at the end of the process, and writes to the database. It may be called twice."""
    _writes.append(write)
    atexit.register(write)


def write_all() -> None:
    """Call all registered functions. The database connections must still be open."""
    for write in _writes:
        write()
