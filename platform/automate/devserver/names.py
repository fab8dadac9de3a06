"""The names of the processes of an installation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from automate.kernel.errors import NormalizedError

MOST_WORKERS_UNASKED = 4
SERVER_LOCKS = frozenset({"supervisor", "postgres", "valkey"})


def process_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of all processes: AUTOMATE_WORKERS workers, and one process of each other kind.

    Raises BAD_USER_INPUT if AUTOMATE_WORKERS is not a positive number.
    """
    # The default is one worker for each core, but at most four.
    text = environ.get("AUTOMATE_WORKERS") or str(min(MOST_WORKERS_UNASKED, len(os.sched_getaffinity(0))))
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"AUTOMATE_WORKERS is {text!r}, but it must be a number of processes. Set it to a number such as 2.",
        )
    more = (f"worker-{number}" for number in range(2, int(text) + 1))
    return ("web", "relay", "worker", *more, "scheduler")


def command_of(name: str) -> str:
    """Return the command of a process, for example ``worker`` for ``worker-2``."""
    return name.partition("-")[0]


def left_in(home: Path) -> list[str]:
    # With any number of workers.
    locks = home / "locks"
    return sorted(path.name for path in locks.iterdir() if path.name not in SERVER_LOCKS) if locks.is_dir() else []
