"""Starts the child processes of the web process, sends tasks to them, and waits for their answers."""

from __future__ import annotations

import os
import pickle
import secrets
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from automate.heavy import answers, frames
from automate.heavy.bounds import TaskLimits
from automate.heavy.child import BEGUN, Task, TaskResult
from automate.heavy.line import Line, Tenant
from automate.heavy.outcomes import ChildFaultError, died, overdue, past_limit, unavailable
from automate.kernel import effort
from automate.kernel.trace import current_trace

log = structlog.get_logger(__name__)

T = TypeVar("T")

IDLE_SECONDS = 60.0
START_SECONDS = 30.0
"""The time limit for the nursery's imports before the first child starts."""
NOT_FOR_CHILDREN = frozenset(
    {"DATABASE_URL", "AUTOMATE_ADMIN_DATABASE_URL", "REDIS_URL", "AUTOMATE_MASTER_KEYS", "AUTOMATE_VAULT_PRIVATE_KEYS"}
)
SECRET_PREFIX = "AUTOMATE_SECRET_"  # noqa: S105 - a prefix: tenants' secrets, and the key that signs
STATUS_BYTES = 16


class ChildPool:
    """Runs computations in child processes. ``preload`` names the modules to import before the first computation."""

    def __init__(
        self,
        places: int,
        preload: Sequence[str] = (),
        *,
        longest: int = 8,
        patience_seconds: float = 5.0,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.line = Line(places, longest, patience_seconds)
        self._preload, self._idle_seconds = tuple(preload), idle_seconds
        self._lock = threading.Lock()
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the process that forks the children, or None."""
        nursery = self._nursery
        return nursery.pid if nursery is not None and nursery.returncode is None else None

    def run(self, tenant: Tenant, bounds: TaskLimits, function: Callable[..., T], *arguments: object) -> T:
        """Compute ``function(*arguments)`` in a child process. Arguments and result must be plain data.

        Raises the NormalizedError that the function raises. Raises LIMIT_EXCEEDED, RATE_LIMITED, UNAVAILABLE,
        ChildFaultError.
        """
        task = pickle.dumps(Task(function, arguments, bounds, current_trace()), pickle.HIGHEST_PROTOCOL)
        with self.line.place(tenant):
            answer = self._exchange(task, bounds)
        effort.spent(answer.seconds)
        if answer.error is not None:
            raise answer.error
        if answer.limit:
            raise past_limit(answer.limit, bounds)
        if answer.fault:
            raise ChildFaultError(answer.fault)
        value: T = answer.value
        return value

    def close(self) -> None:
        """End all child processes."""
        with self._lock:
            nursery = self._let_go()
        if nursery is not None:
            nursery.wait()

    def _exchange(self, task: bytes, bounds: TaskLimits) -> TaskResult:
        connection, status = self._child()
        with connection, status:
            deadline = time.monotonic() + bounds.wall_seconds
            try:
                connection.settimeout(bounds.wall_seconds)
                frames.send(connection, task)
                _await_either(connection, status, bounds.wall_seconds)
                return answers.read(frames.receive(connection, 2 * bounds.answer_bytes, deadline))
            except TimeoutError:
                effort.spent(bounds.cpu_seconds)
                # Closing the sockets makes the nursery kill the child.
                raise overdue(bounds) from None
            except (frames.ClosedError, OSError):
                # A dead child reports nothing. Most die of this limit.
                effort.spent(bounds.cpu_seconds)
                raise died(_exit_code(status), bounds) from None

    def _child(self) -> tuple[socket.socket, socket.socket]:
        # If the process that forks the children has just ended, it is started again.
        for _ in range(2):
            nursery, connection, status = self._asked()
            try:
                if frames.receive(connection, len(BEGUN), time.monotonic() + START_SECONDS) == BEGUN:
                    return connection, status
            except (frames.ClosedError, TimeoutError):
                pass
            connection.close()
            status.close()
            with self._lock:
                # Another thread that lost the same nursery may have started the next one.
                if self._control is nursery:
                    self._let_go()
        log.error("computing processes do not start", preload=self._preload)
        raise unavailable()

    def _asked(self) -> tuple[socket.socket | None, socket.socket, socket.socket]:
        # Returns the control socket of that process, and the two sockets of the child.
        nursery = None
        (ours, theirs), (status, their_status) = socket.socketpair(), socket.socketpair()
        with theirs, their_status, self._lock, suppress(OSError):  # the missing answer reveals a failure
            nursery = self._running()
            socket.send_fds(nursery, [b"t"], [theirs.fileno(), their_status.fileno()])
        return nursery, ours, status

    def _running(self) -> socket.socket:
        # The caller must hold the lock.
        if self._nursery is not None and self._nursery.poll() is not None:
            self._let_go()
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                command = [
                    sys.executable,
                    "-m",
                    "automate.heavy.nursery",
                    str(theirs.fileno()),
                    str(self._idle_seconds),
                ]
                self._nursery = subprocess.Popen(  # noqa: S603 - our own module; exec, so that no lock of a thread is copied
                    [*command, *self._preload], pass_fds=[theirs.fileno()], env=environment(), stdin=subprocess.DEVNULL
                )
            threading.Thread(target=self._nursery.wait, name="heavy-reaper", daemon=True).start()
        return self._control

    def _let_go(self) -> subprocess.Popen[bytes] | None:
        nursery, self._nursery = self._nursery, None
        if self._control is not None:
            self._control.close()
        self._control = None
        return nursery


def environment() -> dict[str, str]:
    """Return the variables for child processes. Variables that give access to databases, queues or secrets are left out."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_FOR_CHILDREN and not name.startswith(SECRET_PREFIX)
    }
    path = os.pathsep.join(part for part in sys.path if part)
    return {**kept, "PYTHONPATH": path, "AUTOMATE_PROCESS": "heavy", "AUTOMATE_SECRET_KEY": secrets.token_hex(32)}


def _await_either(connection: socket.socket, status: socket.socket, seconds: float) -> None:
    # Raises ClosedError if the child or its parent ended without an answer.
    with selectors.DefaultSelector() as ready:
        ready.register(connection, selectors.EVENT_READ)
        ready.register(status, selectors.EVENT_READ)
        found = [key.fileobj for key, _ in ready.select(seconds)]
    if found == [status]:
        raise frames.ClosedError


def _exit_code(status: socket.socket) -> int | None:
    # Negative for a signal, as in `subprocess`. None if the child's parent has ended as well.
    status.settimeout(1.0)
    try:
        said = status.recv(STATUS_BYTES)
    except OSError:
        return None
    return int(said) if said else None
