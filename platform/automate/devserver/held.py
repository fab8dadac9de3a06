"""Child processes that hold a lock until they end. The next supervisor finds living processes through their locks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from automate.processes import pulse

LAUNCHER = str(Path(__file__).with_name("launch.py"))
POLL_SECONDS = 0.01

EndSteps = Sequence[tuple[signal.Signals, float]]
"""Signals in order, each with the seconds to wait before the next one."""

GRACEFUL: EndSteps = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


def holder(lock: Path) -> int | None:
    """Return the pid of the process that holds a lock. Return None if the lock is free.

    Return 0 if the process that took the lock is dead, but its children still hold the lock.
    """
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 20, 0)
        pid = int(text) if text.isdigit() else 0
        return pid if pid and pulse.exists(pid) else 0
    else:
        return None
    finally:
        os.close(descriptor)


class ChildProcess(Protocol):
    """A child process. Its parent can read its exit status."""

    def poll(self) -> int | None:
        """Return the exit status, or None while the process lives. The status is negative if a signal ended the process."""


@dataclass
class LockedProcess:
    """A process and its lock."""

    pid: int
    lock: Path
    child: ChildProcess | None = None

    def alive(self) -> bool:
        if self.child is not None:
            return self.child.poll() is None
        return holder(self.lock) is not None

    def returncode(self) -> int | None:
        """The exit status. It is negative if a signal ended the process.

        None while the process lives, or if this supervisor did not start the process.
        """
        return self.child.poll() if self.child is not None else None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process. A SIGKILL is sent to the whole process group of the process."""
        if not self.pid:
            return
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)

    def gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def end(self, steps: EndSteps = GRACEFUL) -> bool:
        """Send the signals of ``steps``, one after the other, until the process ends. Return whether the process has ended."""
        for number, seconds in steps:
            if not self.alive():
                break
            self.send(number)
            if self.gone_within(seconds):
                break
        return not self.alive()


def found(lock: Path) -> LockedProcess | None:
    """Return the process that holds a lock. Return None if no process holds the lock."""
    pid = holder(lock)
    return None if pid is None else LockedProcess(pid, lock)


def spawn(
    command: Sequence[str],
    *,
    lock: Path,
    log: Path,
    environ: Mapping[str, str],
    wrapper: Sequence[str] = (),
    death_signal: int = 0,
    files: Sequence[int] = (),
) -> LockedProcess:
    # `death_signal` is sent when the calling *thread* ends (Linux only). `wrapper` changes the user. The command inherits
    # the file descriptors `files`.
    launch = [*wrapper, sys.executable, "-IS", LAUNCHER, str(lock), str(os.getpid()), str(int(death_signal)), *command]
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - the commands are ours
            launch,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            start_new_session=True,
            pass_fds=files,
        )
    return LockedProcess(child.pid, lock, child)
