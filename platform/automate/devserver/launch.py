"""Takes a lock and runs a command: ``launch.py LOCK PARENT_PID DEATH_SIGNAL COMMAND...``

When the process PARENT_PID ends, the command gets DEATH_SIGNAL.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import sys
import time

PR_SET_PDEATHSIG = 1
LOCK_PATIENCE_SECONDS = 10.0


def take(path: str) -> int:
    """Lock the file ``path``, and write the pid of this process into the file.

    Raises BlockingIOError if another process holds the lock.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
            return lock


def die_with(parent: int, death_signal: int) -> None:
    # Nothing on systems other than Linux. There, the next start of the installation ends the remaining process.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent has already ended")


def main(lock_path: str, parent: str, death_signal: str, *command: str) -> None:
    os.set_inheritable(take(lock_path), True)
    if int(death_signal):
        die_with(int(parent), int(death_signal))
    os.execvp(command[0], command)  # noqa: S606 - to become the command is the point


if __name__ == "__main__":
    main(*sys.argv[1:])
