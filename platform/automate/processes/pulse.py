"""The pulse of a process without a port: a file that the process touches after each round of work.

Imports the standard library only.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from automate.project.home import write_private


@dataclass(frozen=True)
class Pulse:
    pid: int
    """The id of the process that wrote the file."""
    patience_seconds: float
    """The time limit for each round."""
    age_seconds: float
    """The time since the last round."""


def path_of(home: Path, process: str) -> Path:
    """Return the path of the pulse file. ``process`` is the name of the process in PostgreSQL."""
    return home / "health" / process.replace("/", "_")


def begin(path: Path, patience_seconds: float) -> None:
    """Write a new pulse file. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, f"{os.getpid()} {patience_seconds:g}\n")


def beat(path: Path) -> None:
    """Touch the pulse file. Raises FileNotFoundError if the file was removed, and OSError for other faults."""
    os.utime(path)


def read(path: Path) -> Pulse | None:
    """Read the pulse file, or return None."""
    try:
        pid, patience = path.read_text(encoding="utf-8").split()
        return Pulse(int(pid), float(patience), time.time() - path.stat().st_mtime)
    except (OSError, ValueError):
        return None


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
