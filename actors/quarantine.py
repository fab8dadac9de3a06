"""Jobs that may end their process are done in a child of the worker.

A lease that was lost says only that some job of the process was poison, not which. A job that has lost two workers in a
row is a suspect: the child does a few of these at once, and those that were in it when it ended one at a time. So an
innocent suspect gets its result, and poison takes nothing with it, neither the worker's calls nor the other suspects.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import structlog

from automate.outbox.jobs import ClaimedJob
from automate.outbox.registry import Begin
from automate.project.logs import log_to_stderr

log = structlog.get_logger(__name__)

PROCESS = "quarantine"
QUARANTINED = "actors.quarantined"
"""The module that such a process imports at its start."""
SIGN_SECONDS = 1.0
"""How often the child gives a sign of life while it has work."""
SILENT_SECONDS = 30.0
"""The worker kills a child that gave none for so long, such as one whose job keeps the interpreter lock."""
ALIVE, DONE = "alive", "done"
CLOSE_SECONDS = 5.0
"""For a child that has nothing to do to end itself."""


@dataclass(frozen=True)
class _Child:
    process: BaseProcess
    pipe: Connection


class Quarantine:
    """The child is started when there is something for it, and kept. For one thread."""

    def __init__(self) -> None:
        self._child: _Child | None = None

    def survives(self, tenant_id: uuid.UUID, suspects: Sequence[ClaimedJob], begin: Begin) -> bool:
        """Do claimed jobs in the child, to their end. False where that was the child's end too."""
        if self._child is not None and not self._child.process.is_alive():
            self._forget(self._child)  # it ended while it had nothing to do, which says nothing of these
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
        """Have the child start no further step. From any thread."""
        if (child := self._child) is not None:
            child.process.terminate()

    def close(self) -> None:
        if self._child is not None:
            self._child.pipe.close()
            self._child.process.join(CLOSE_SECONDS)
            self._child = None


def _ended(child: _Child) -> bool:
    """Wait until the child has done its jobs; False where it was silent for too long. Raises EOFError, OSError at its end.

    Turns are counted, not time: a worker that was frozen beside its child gives it time to wake up.
    """
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
    # Not forked from here: this process has threads, and what they hold locked would stay locked in the child. It is forked
    # from a process that has read what a child needs, so that one that was ended is soon replaced, on a busy machine too.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([QUARANTINED])
    ours, theirs = context.Pipe()
    process = context.Process(target=_work_off_suspects, args=(theirs,), name=PROCESS, daemon=True)
    process.start()
    theirs.close()
    return _Child(process, ours)


def _work_off_suspects(pipe: Connection) -> None:
    """The child: until the worker closes the pipe, or is no more. It keeps its own leases, so it may outlive a worker.

    Told to stop, it hands runs back instead of starting another step, as its worker does.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    log_to_stderr(PROCESS)
    from actors.quarantined import heartbeat, work_off  # noqa: PLC0415 - not in the worker, which has set Django up already

    heartbeat.start()
    while not stop.is_set() and (given := _received(pipe)) is not None:
        tenant_id, suspects, begin = given
        with _signs_of_life(pipe):
            work_off(tenant_id, suspects, begin, heartbeat, stop.is_set)
        with suppress(OSError):
            pipe.send(DONE)
    heartbeat.stop()


@contextmanager
def _signs_of_life(pipe: Connection) -> Iterator[None]:
    """Send signs of life from a separate thread until the block ends."""
    over = threading.Event()

    def give() -> None:
        with suppress(OSError):
            while not over.wait(SIGN_SECONDS):
                pipe.send(ALIVE)

    thread = threading.Thread(target=give, name="signs of life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _received(pipe: Connection) -> tuple[uuid.UUID, Sequence[ClaimedJob], Begin] | None:
    try:
        return pipe.recv()  # type: ignore[no-any-return]
    except (EOFError, OSError):
        return None
