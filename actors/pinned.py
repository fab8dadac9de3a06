"""A pool of threads. If possible, all work of one key, such as a tenant's id, runs on the same thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

PATIENCE_SECONDS = 0.02
"""How long work waits for the thread of its key. Then an idle thread takes the work."""
CROWDED_THREADS = 3
"""So many busy threads keep Python's lock busy. Then a further thread would not make the process faster."""
CROWDED_PATIENCE_SECONDS = 2.0
"""How long work waits while at least CROWDED_THREADS threads are busy. Another thread would need more time for the work, because its
session has no plans for the tenant."""
SHORT_PATIENCE_SECONDS = 0.002
"""The same time for short work."""
OVERTAKEN = 8
"""The maximum number of times that short work overtakes the same long work."""

Work = Callable[[], object]


@dataclass
class _Waiting:
    work: Work
    short: bool
    since: float
    patience: float
    overtaken: int = 0


class PinnedThreads:
    """A pool with a fixed number of daemon threads.

    Work with the same key starts in the order of submission, except that short work overtakes other work.
    """

    def __init__(
        self,
        threads: int,
        name: str,
        patience_seconds: float = PATIENCE_SECONDS,
        crowded_patience_seconds: float = CROWDED_PATIENCE_SECONDS,
    ) -> None:
        self._name, self._patience, self._crowded_patience = name, patience_seconds, crowded_patience_seconds
        self._lock = threading.Lock()
        self._lines: list[deque[_Waiting]] = [deque() for _ in range(threads)]
        self._wakes = [threading.Condition(self._lock) for _ in range(threads)]
        self._threads: list[threading.Thread | None] = [None] * threads
        self._running = threading.local()
        self._idle = set(range(threads))
        self._began = [0.0] * threads
        """When each thread took its current work."""
        self._closed = False

    def submit(self, key: int, work: Work, *, short: bool = False) -> None:
        """Queue ``work`` for the thread that serves ``key``. ``work`` must not raise. Short work overtakes long work."""
        mine = key % len(self._lines)
        patience = min(SHORT_PATIENCE_SECONDS, self._patience) if short else self._patience
        with self._lock:
            _insert(self._lines[mine], _Waiting(work, short, time.monotonic(), patience))
            if mine in self._idle:
                self._wake(mine)
            elif mine != getattr(self._running, "number", None):
                self._have_watched()

    def short_waits(self) -> bool:
        """Return whether short work waits for a thread."""
        with self._lock:
            return any(line and line[0].short for line in self._lines)

    def close(self) -> None:
        """Finish all waiting work, then end the threads."""
        with self._lock:
            self._closed = True
            for wake in self._wakes:
                wake.notify_all()
            started = [thread for thread in self._threads if thread is not None]
        for thread in started:
            thread.join()

    def _wake(self, number: int) -> None:
        if self._threads[number] is None:
            thread = threading.Thread(target=self._work, args=(number,), name=f"{self._name}-{number}", daemon=True)
            self._threads[number] = thread
            thread.start()
        else:
            self._wakes[number].notify()

    def _have_watched(self) -> None:
        # An idle thread takes the work if it waits too long.
        if self._idle and any(line and place not in self._idle for place, line in enumerate(self._lines)):
            self._wake(min(self._idle))

    def _work(self, number: int) -> None:
        self._running.number = number
        while (work := self._next(number)) is not None:
            work()

    def _next(self, number: int) -> Work | None:
        # None when the pool is closed and no work waits. If its own queue is empty, the thread takes the oldest work behind a
        # busy thread.
        with self._lock:
            self._idle.add(number)
            while True:
                line, patience = self._line_for(number)
                if line is not None:
                    self._idle.discard(number)
                    self._began[number] = time.monotonic()
                    taken = line.popleft()
                    # It may have been the thread that watched the other queues.
                    self._have_watched()
                    return taken.work
                if self._closed and not any(self._lines):
                    return None
                self._wakes[number].wait(patience)

    def _line_for(self, number: int) -> tuple[deque[_Waiting] | None, float | None]:
        # If no work is ready, None and the seconds to wait, or None if no work waits at all.
        if own := self._lines[number]:
            return own, None
        others = [
            (line[0].since + self._patience_of(place), place, line)
            for place, line in enumerate(self._lines)
            if line and place not in self._idle
        ]
        if not others:
            return None, None
        until, _, line = min(others, key=lambda other: other[:2])
        left = until - time.monotonic()
        return (line, None) if left <= 0 else (None, left)

    def _patience_of(self, place: int) -> float:
        line = self._lines[place]
        crowded = len(self._lines) - len(self._idle) >= CROWDED_THREADS
        # A thread that has been busy for long may wait for a silent server, and needs no lock of Python.
        stuck = time.monotonic() - self._began[place] >= self._crowded_patience
        if stuck or not crowded or any(waiting.short for waiting in line):
            return line[0].patience
        return max(line[0].patience, self._crowded_patience)


def _insert(line: deque[_Waiting], waiting: _Waiting) -> None:
    """Append an entry. A short entry overtakes long entries. A long entry is overtaken at most OVERTAKEN times."""
    place = len(line)
    while waiting.short and place and not line[place - 1].short and line[place - 1].overtaken < OVERTAKEN:
        place -= 1
        line[place].overtaken += 1
    line.insert(place, waiting)
