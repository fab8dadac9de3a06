"""How much work may wait in Redis for workers: as much as the workers claim within a fifth of a second.

A job that arrives now waits behind these jobs, whatever tenant they belong to. A number of jobs is no bound: 320 jobs are a
tenth of a second of one tenant's work and ten seconds of another's. So jobs are counted in milliseconds of a worker's time,
and the relay measures how many of them are claimed in a second. It does so only while it fills the room: otherwise it would
measure how fast jobs arrive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from automate.outbox.jobs import DispatchedJob

ROOM_SECONDS = 0.2
"""Of the workers' time: 25 ms of each of a worker's eight threads."""
MEASURED_SECONDS = 0.1
"""A measurement takes this long at least."""
NEW_SHARE = 0.3
"""How much a measurement counts beside those before it."""
MOST_MS = 4_000.0
LEAST_TURNS = 2
"""So many turns may always wait, or slow jobs would starve the workers between two rounds of the relay."""


class Room:
    """first: the room before anything is measured. turn: a tenant's turn. Both in milliseconds. clock: seconds."""

    def __init__(self, first: float, turn: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._first, self._least, self._clock = first, LEAST_TURNS * turn, clock
        self._rate: float | None = None
        self._since: float | None = None
        self._claimed, self._filled, self._noted = 0.0, 0.0, 0.0

    def milliseconds(self) -> float:
        """How much work may wait."""
        if self._rate is None:
            return self._first
        return max(self._least, min(MOST_MS, self._rate * ROOM_SECONDS))

    def note(self, jobs: Collection[DispatchedJob], room: float) -> None:
        """What a round sent, and the room that it had. A round that sent nothing says nothing: all may be full, or all empty."""
        if not jobs:
            return
        now, waiting = self._clock(), next(iter(jobs)).waiting
        filled = waiting + sum(job.milliseconds for job in jobs)
        if filled < room:
            # The room was not filled: the workers wait for jobs.
            self._since = None
        elif self._since is None or (not waiting and now - self._noted > MEASURED_SECONDS):
            # Where nothing waited for long, the workers had nothing to claim for a time that nobody knows.
            self._since, self._claimed = now, 0.0
        else:
            # Another relay may have sent some meanwhile.
            self._claimed += max(0.0, self._filled - waiting)
            self._measure(now - self._since, now)
        self._filled, self._noted = filled, now

    def _measure(self, seconds: float, now: float) -> None:
        if seconds < MEASURED_SECONDS:
            return
        rate = self._claimed / seconds
        self._rate = rate if self._rate is None else self._rate + NEW_SHARE * (rate - self._rate)
        self._since, self._claimed = now, 0.0
