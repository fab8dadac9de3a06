"""Limits the amount of work that waits in Redis. The limit is normally the amount that workers claim in 0.2 seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from automate.outbox.jobs import DispatchedJob

ROOM_SECONDS = 0.2
"""How long the workers need for the work that waits. For a worker with eight threads, this is 25 ms of each thread."""
MEASURED_SECONDS = 0.1
"""The minimum time of a measurement."""
NEW_SHARE = 0.3
"""The weight of a measurement in the running mean."""
MOST_MS = 4_000.0
LEAST_TURNS = 2
"""The work of this many turns may always wait. Otherwise slow jobs would leave the workers idle between two rounds of
the relay."""


class Room:
    """Limits the amount of work that waits in Redis. The unit of work is a millisecond of the workers' time."""

    def __init__(self, first: float, turn: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._first, self._least, self._clock = first, LEAST_TURNS * turn, clock
        self._rate: float | None = None
        self._since: float | None = None
        self._claimed, self._filled, self._noted = 0.0, 0.0, 0.0

    def milliseconds(self) -> float:
        """Return the limit: how much work is allowed to wait in Redis, in milliseconds of the workers' time."""
        if self._rate is None:
            return self._first
        return max(self._least, min(MOST_MS, self._rate * ROOM_SECONDS))

    def note(self, jobs: Collection[DispatchedJob], room: float) -> bool:
        """Record the jobs that one round of the relay sent. ``room`` is the limit of this round, in milliseconds.

        Returns whether the sent jobs have filled the room. Then the next round can send no job before a worker has claimed some.
        """
        if not jobs:
            return False
        now, waiting = self._clock(), next(iter(jobs)).waiting
        filled = waiting + sum(job.milliseconds for job in jobs)
        if filled < room:
            # The room was not filled, so the workers wait for jobs.
            self._since = None
        elif self._since is None or (not waiting and now - self._noted > MEASURED_SECONDS):
            # If no job waited for long, the workers were idle for an unknown time.
            self._since, self._claimed = now, 0.0
        else:
            # Another relay may have sent some of them.
            self._claimed += max(0.0, self._filled - waiting)
            self._measure(now - self._since, now)
        self._filled, self._noted = filled, now
        return filled >= room

    def _measure(self, seconds: float, now: float) -> None:
        if seconds < MEASURED_SECONDS:
            return
        rate = self._claimed / seconds
        self._rate = rate if self._rate is None else self._rate + NEW_SHARE * (rate - self._rate)
        self._since, self._claimed = now, 0.0
