"""Runs suspects in a child process of a worker. A suspect is a job that can crash the process that runs the job."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog

from automate.kernel.repeating import repeated
from automate.outbox.jobs import ClaimedJob
from automate.outbox.registry import Begin
from automate.project.logs import log_to_stderr

log = structlog.get_logger(__name__)

PROCESS = "quarantine"
QUARANTINED = "actors.quarantined"
"""The module that the child imports when it starts."""
SIGN_SECONDS = 1.0
"""The interval of the child's signs of life while it has work."""
SILENT_SECONDS = 30.0
"""The worker kills a child without a sign of life for this long, such as one whose job holds the interpreter lock."""
ALIVE, DONE = "alive", "done"
CLOSE_SECONDS = 5.0
"""The time for an idle child to end."""


@dataclass(frozen=True)
class _Child:
    process: BaseProcess
    pipe: Connection


class Quarantine:
    """Runs suspect jobs in a child process. The child process starts when the first suspect job arrives.

    Not thread-safe: only one thread must use this object.
    """

    def __init__(self) -> None:
        self._child: _Child | None = None

    def survives(self, tenant_id: uuid.UUID, suspects: Sequence[ClaimedJob], begin: Begin) -> bool:
        """Run claimed jobs to their end in the child process.

        Returns False if the child process ended before all of these jobs had ended.
        """
        if self._child is not None and not self._child.process.is_alive():
            self._forget(self._child)  # it ended while it was idle, so these jobs are not at fault
        child = self._child = self._child or _start()
        try:
            child.pipe.send((tenant_id, suspects, begin))
            if _ended(child):
                return True
        except (EOFError, OSError):
            self._forget(child)
            return False
        log.error(
            "the quarantine gives no sign of life; it is killed",
            child=child.process.pid, silent_seconds=SILENT_SECONDS, jobs=[str(job.id) for job in suspects],
        )  # fmt: skip
        child.process.kill()
        self._forget(child)
        return False

    def _forget(self, child: _Child) -> None:
        child.process.join()
        child.pipe.close()
        self._child = None

    def stop(self) -> None:
        """Ask the child to stop. Thread-safe."""
        if (child := self._child) is not None:
            child.process.terminate()

    def close(self) -> None:
        if self._child is not None:
            self._child.pipe.close()
            self._child.process.join(CLOSE_SECONDS)
            self._child = None


def _ended(child: _Child) -> bool:
    # Silence is counted in finished waits, not by a clock: the time in which a machine is suspended does not count.
    # Raises EOFError or OSError when the child ends.
    silent = 0.0
    while silent < SILENT_SECONDS:
        if not child.pipe.poll(SIGN_SECONDS):
            silent += SIGN_SECONDS
        elif child.pipe.recv() == DONE:
            return True
        else:
            silent = 0.0
    return False


def _start() -> _Child:
    # Not forked from here: this process has threads, and their locks would stay locked in the child. It is forked from
    # a process that has imported the child's modules, so that an ended child is soon replaced, also on a busy machine.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([QUARANTINED])
    ours, theirs = context.Pipe()
    process = context.Process(target=_work_off_suspects, args=(theirs,), name=PROCESS, daemon=True)
    process.start()
    theirs.close()
    return _Child(process, ours)


def _work_off_suspects(pipe: Connection) -> None:
    # Runs until the worker closes the pipe. If the worker dies, the child first completes its current jobs. At a stop, the
    # child starts no further step and hands runs back.
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    log_to_stderr(PROCESS)
    from actors.quarantined import heartbeat, work_off  # noqa: PLC0415 - not in the worker, which has set Django up already

    heartbeat.start()
    while not stop.is_set() and (given := _received(pipe)) is not None:
        tenant_id, suspects, begin = given
        with repeated(partial(_give_sign_of_life, pipe), SIGN_SECONDS):
            work_off(tenant_id, suspects, begin, heartbeat, stop.is_set)
        with suppress(OSError):
            pipe.send(DONE)
    heartbeat.stop()


def _give_sign_of_life(pipe: Connection) -> None:
    with suppress(OSError):
        pipe.send(ALIVE)


def _received(pipe: Connection) -> tuple[uuid.UUID, Sequence[ClaimedJob], Begin] | None:
    try:
        return pipe.recv()  # type: ignore[no-any-return] # typeshed types what a pipe receives as Any
    except (EOFError, OSError):
        return None
