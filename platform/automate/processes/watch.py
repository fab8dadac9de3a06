"""Ends this process when an essential loop is stuck. The service manager then starts the process again.

Every essential loop reports each turn. A thread measures the silence of each loop.
See ``docs/decisions/silent-connections.md``.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from automate.processes.notify import READY, WATCHDOG, notify, watchdog_seconds

log = structlog.get_logger(__name__)

CHECK_SECONDS = 1.0
FROZEN_SECONDS = 5.0
"""After a longer pause between two checks, every loop gets its full time again, because the process was frozen
or starved."""
STUCK_SECONDS = 180.0
"""After this time without a check, a timer in C ends the process, because some thread holds the interpreter
lock."""
LOG_SECONDS = 10.0
"""How long an ending process waits until its last log line is written. On an overloaded machine, writing takes
seconds."""
OVERDUE_STATUS = 70
"""EX_SOFTWARE: the status of a process that ended itself."""
FRAMES = 12
"""The number of innermost frames of an overdue loop that are logged."""


@dataclass(eq=False)
class Loop:
    """A watched loop. The loop must report each turn (iteration) that it has finished."""

    name: str
    patience_seconds: float
    """How long the loop can be silent before the process ends itself."""
    thread: int | None = None
    """The identifier of the loop's thread; None if the loop has several threads."""
    moved: Callable[[], bool] | None = None
    """Returns whether the loop has finished a turn since the last call. Without this function, the loop must call ``turn``."""
    silent_seconds: float = 0.0
    _turned: bool = True

    def turn(self) -> None:
        """Report that the loop has finished a turn."""
        self._turned = True

    def add_silence(self, seconds: float) -> bool:
        """Add to the time of the loop's silence, and return whether the silence is too long.

        ``seconds`` is the time since the last update. If the loop has finished a turn since then, its silence is
        0.
        """
        turned, self._turned = self._turned, False
        if turned or (self.moved is not None and self.moved()):
            self.silent_seconds = 0.0
        else:
            self.silent_seconds += seconds
        return self.silent_seconds > self.patience_seconds


class LoopWatch:
    """Watches the loops of this process."""

    def __init__(self, end: Callable[[int], object] = os._exit) -> None:
        self._end = end
        self._lock = threading.Lock()
        self._loops: list[Loop] = []
        self._checked_at = 0.0

    def follow(self, name: str, patience_seconds: float, moved: Callable[[], bool] | None = None) -> Loop:
        """Begin to watch a loop of this process, and return the loop."""
        thread = threading.get_ident() if moved is None else None
        loop = Loop(name, patience_seconds, thread, moved)
        with self._lock:
            self._loops.append(loop)
        return loop

    def leave(self, loop: Loop) -> None:
        """Stop watching a loop that has ended normally."""
        with self._lock:
            if loop in self._loops:
                self._loops.remove(loop)

    @contextmanager
    def following(self, name: str, patience_seconds: float, moved: Callable[[], bool] | None = None) -> Iterator[Loop]:
        loop = self.follow(name, patience_seconds, moved)
        try:
            yield loop
        finally:
            self.leave(loop)

    def start(self) -> None:
        faulthandler.enable()  # a service manager's SIGABRT logs where each thread is
        self._checked_at = time.monotonic()
        notify(READY)
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def check_loops(self, now: float) -> None:
        """End the process if one of its loops has been silent for too long. ``now`` is a monotonic time."""
        elapsed, self._checked_at = now - self._checked_at, now
        with self._lock:
            loops = list(self._loops)
        for loop in loops:
            if elapsed > FROZEN_SECONDS:
                loop.turn()
            if loop.add_silence(min(elapsed, CHECK_SECONDS)):
                self._give_up(loop)

    def _run(self) -> None:
        patience = watchdog_seconds()
        pause = CHECK_SECONDS if patience is None else min(CHECK_SECONDS, patience / 3)
        while True:
            self.check_loops(time.monotonic())
            if patience is not None:
                notify(WATCHDOG)
            _arm()
            time.sleep(pause)

    def _give_up(self, loop: Loop) -> None:
        # In another thread: a log whose reader hangs must not block the end.
        logging_thread = threading.Thread(target=_log_overdue, args=(loop,), daemon=True)
        logging_thread.start()
        logging_thread.join(LOG_SECONDS)
        self._end(OVERDUE_STATUS)


@dataclass(eq=False)
class Hands:
    """The activity of a pool of threads. The pool is stuck if all threads are busy and no thread finishes."""

    count: int
    """The number of threads."""
    _busy: int = 0
    _finished: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> None:
        with self._lock:
            self._busy += 1

    def __exit__(self, *_exception: object) -> None:
        with self._lock:
            self._busy -= 1
            self._finished = True

    def moved(self) -> bool:
        with self._lock:
            finished, self._finished = self._finished, False
            return finished or self._busy < self.count


def _arm() -> None:
    # Before 3.11 the timer follows the wall clock, which may be corrected.
    if sys.version_info >= (3, 11):
        faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True)


def _log_overdue(loop: Loop) -> None:
    log.error(
        "a round is overdue; the process ends itself",
        loop=loop.name,
        silent_seconds=round(loop.silent_seconds, 1),
        where=_where(loop.thread),
    )
    sys.stderr.flush()


def _where(thread: int | None) -> list[str]:
    # Without values of variables, because they may be secret.
    frame = sys._current_frames().get(thread) if thread is not None else None  # noqa: SLF001 - there is no public one
    if frame is None:
        return []
    # Without source lines: an overloaded process takes longer to read these files than its last log line may take.
    found = traceback.StackSummary.extract(traceback.walk_stack(frame), limit=FRAMES, lookup_lines=False)
    return [f"{one.filename}:{one.lineno} {one.name}" for one in reversed(found)]


watch = LoopWatch()
"""The loops of this process."""
