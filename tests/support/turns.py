"""Who has the machine: tests in several processes share it, and one that is marked ``alone`` has it to itself.

A lock that many may share, over two files. Everybody passes the turnstile, and who wants the machine alone stands in it
until the others have left: who comes later waits behind, so that nobody keeps another waiting for ever. The system takes
back what a killed process held.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FOLDER = pytest.StashKey[Path]()
"""Where this session's tests take their turns; the same for all of its workers."""


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Wait for the machine, and have it for the length of the block."""
    with (folder / "machine").open("wb") as machine:
        # Each is given back by word: closing would not do while a process that was forked meanwhile holds a copy.
        try:
            with (folder / "turnstile").open("wb") as turnstile:
                fcntl.flock(turnstile, fcntl.LOCK_EX)
                try:
                    fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
                finally:
                    fcntl.flock(turnstile, fcntl.LOCK_UN)
            yield
        finally:
            fcntl.flock(machine, fcntl.LOCK_UN)
