"""What a process writes just before it ends. Web ends in two steps: at exit, its pool of connections is closed already."""

from __future__ import annotations

import atexit
from collections.abc import Callable

_writes: list[Callable[[], object]] = []


def write_last(write: Callable[[], object]) -> None:
    """Call a function once web has answered its last request, and again at the exit of any process. It may find nothing to write."""
    _writes.append(write)
    atexit.register(write)


def write_all() -> None:
    """Call all functions, while the database can still be reached."""
    for write in _writes:
        write()
