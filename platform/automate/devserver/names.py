"""The processes of an installation on one machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from automate.kernel.errors import NormalizedError

MOST_WORKERS_UNASKED = 4
SERVER_LOCKS = frozenset({"supervisor", "postgres", "valkey"})


def process_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """One process of each kind, and AUTOMATE_WORKERS workers. The default is one for each core, at most four.

    Raises NormalizedError BAD_USER_INPUT for an invalid number.
    """
    text = environ.get("AUTOMATE_WORKERS") or str(min(MOST_WORKERS_UNASKED, len(os.sched_getaffinity(0))))
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise NormalizedError(
            "BAD_USER_INPUT", f"AUTOMATE_WORKERS must be a number of processes, such as 2; it is {text!r}"
        )
    more = (f"worker-{number}" for number in range(2, int(text) + 1))
    return ("web", "relay", "worker", *more, "scheduler")


def command_of(name: str) -> str:
    """The command of a process: ``worker`` for ``worker-2``."""
    return name.partition("-")[0]


def left_in(home: Path) -> list[str]:
    """The names of all processes that ever ran in this home, whatever the number of workers was."""
    locks = home / "locks"
    return sorted(path.name for path in locks.iterdir() if path.name not in SERVER_LOCKS) if locks.is_dir() else []
