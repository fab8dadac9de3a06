"""The sign of life of a process without a port: a file that it touches whenever a round of its work is done.

Standard library only: the command that reads it is started every few seconds.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from automate.project.home import write_private


@dataclass(frozen=True)
class Pulse:
    """pid: of the process that wrote it. patience_seconds: within which each round of it is done.
    age_seconds: since the last one.
    """

    pid: int
    patience_seconds: float
    age_seconds: float


def path_of(home: Path, process: str) -> Path:
    """process: its name in PostgreSQL, so that several of a kind may share a home."""
    return home / "health" / process.replace("/", "_")


def begin(path: Path, patience_seconds: float) -> None:
    """Write the file anew, as this process's own. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, f"{os.getpid()} {patience_seconds:g}\n")


def beat(path: Path) -> None:
    """A round is done. Raises OSError, FileNotFoundError where somebody removed the file."""
    os.utime(path)


def read(path: Path) -> Pulse | None:
    """None where there is none, or what is there is none."""
    try:
        pid, patience = path.read_text(encoding="utf-8").split()
        return Pulse(int(pid), float(patience), time.time() - path.stat().st_mtime)
    except (OSError, ValueError):
        return None
