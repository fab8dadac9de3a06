"""Ensures that one supervisor uses an installation's folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from automate.devserver import upfile
from automate.devserver.held import GRACEFUL, EndSteps, found, holder
from automate.devserver.server import Say
from automate.kernel.errors import NormalizedError


def supervisor_lock(home: Path) -> Path:
    return home / "locks" / "supervisor"


def running_pid(home: Path) -> int | None:
    """Return the pid of the supervisor of an installation, or None."""
    return holder(supervisor_lock(home))


@contextlib.contextmanager
def sole_supervisor(home: Path, say: Say) -> Iterator[None]:
    """Hold the supervisor's lock during the block. The function ``say`` gets a message if an earlier supervisor was killed.

    Raises CONFLICT while another supervisor runs.
    """
    lock = os.open(supervisor_lock(home), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _already_running(home) from None
        before = os.pread(lock, 20, 0).decode("ascii", "replace")
        if before:  # a regular end empties the file
            say(f"An earlier run (pid {before}) was killed; its processes are taken over")
            upfile.remove(home)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(lock, 0)
    finally:
        os.close(lock)


def _already_running(home: Path) -> NormalizedError:
    pid, up = running_pid(home), upfile.read(home)
    state = f"The installation already runs at {up['graphql']}" if up else "The installation is already starting"
    return NormalizedError(
        "CONFLICT",
        f"{state} (pid {pid}). To stop the installation, press Ctrl-C in its terminal, or run: kill {pid}\n"
        "To run a second installation at the same time, set both AUTOMATE_HOME and AUTOMATE_PORT.",
    )


def end_processes(home: Path, names: Sequence[str], say: Say, steps: EndSteps = GRACEFUL) -> int:
    ended = 0
    for name in names:
        if left := found(home / "locks" / name):
            say(f"{name} (pid {left.pid}) still runs and is ended")
            left.end(steps)
            ended += 1
    return ended


def forget(home: Path) -> None:
    """Remove files that a killed installation left. Because of these files, the installation seems to run."""
    if home.is_dir():
        upfile.remove(home)
    if supervisor_lock(home).exists():
        os.truncate(supervisor_lock(home), 0)
