"""Decides how much work the relay sends in a round, and which tenants have turns."""

from __future__ import annotations

import time
import uuid
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping

from automate.outbox.jobs import DispatchedJob, LaterTurn

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
MOST_TENANTS = 1_000
"""The maximum number of tenants that a relay remembers. Above it, the half with the smallest debts is forgotten."""


class Room:
    """Limits the amount of work that waits in Redis. The unit of work is a millisecond of the workers' time.

    The limit is normally the amount that workers claim in ROOM_SECONDS.
    """

    def __init__(self, first: float, turn: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._first, self._least, self._clock = first, LEAST_TURNS * turn, clock
        self._rate: float | None = None
        self._since: float | None = None
        self._claimed, self._filled, self._noted = 0.0, 0.0, 0.0

    def milliseconds(self) -> float:
        """Return the maximum work that may wait in Redis. The unit is a millisecond of the workers' time."""
        if self._rate is None:
            return self._first
        return max(self._least, min(MOST_MS, self._rate * ROOM_SECONDS))

    def note(self, jobs: Collection[DispatchedJob], room: float) -> None:
        """Record the jobs that one round of the relay sent. ``room`` is the limit of this round, in milliseconds."""
        if not jobs:
            return
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

    def _measure(self, seconds: float, now: float) -> None:
        if seconds < MEASURED_SECONDS:
            return
        rate = self._claimed / seconds
        self._rate = rate if self._rate is None else self._rate + NEW_SHARE * (rate - self._rate)
        self._since, self._claimed = now, 0.0


class Shares:
    """The work that this relay has sent for each tenant. It decides the order of tenants by weighted fair queueing.

    A tenant's *tag* is its work in milliseconds, divided by the tenant's weight. The tenant with the lowest
    tag has the next turn.
    """

    def __init__(self) -> None:
        self._tags: dict[uuid.UUID, float] = {}
        self._now = 0.0

    def debts(self) -> Mapping[uuid.UUID, float]:
        """For each tenant that has received more than its share of work, return the surplus."""
        return {tenant_id: tag - self._now for tenant_id, tag in self._tags.items()}

    def owes(self, tenant_id: uuid.UUID) -> bool:
        """Return whether the tenant has received more than its share of work."""
        return tenant_id in self._tags

    def charge(self, jobs: Collection[DispatchedJob]) -> None:
        if not jobs:
            return
        sent: dict[uuid.UUID, float] = {}
        for job in jobs:
            sent[job.tenant_id] = sent.get(job.tenant_id, 0.0) + job.milliseconds
        weights = {job.tenant_id: job.weight for job in jobs}
        starts = {tenant_id: max(self._tags.get(tenant_id, 0.0), self._now) for tenant_id in sent}
        for tenant_id, milliseconds in sent.items():
            self._tags[tenant_id] = starts[tenant_id] + milliseconds / weights[tenant_id]
        self._now += sum(sent.values()) / next(iter(jobs)).competing
        if len(self._tags) > MOST_TENANTS:
            self._now = max(self._now, sorted(self._tags.values())[len(self._tags) // 2])
        self._tags = {tenant_id: tag for tenant_id, tag in self._tags.items() if tag > self._now}


class LaterTurns:
    """Remembers the tenants that got no turn, so that a round can skip the tenants that cannot have a turn.

    A remembered backlog may be wrong, for example if another relay has sent a tenant's jobs. Each round corrects the
    backlogs of the tenants that have a turn. The relay forgets all tenants once a second.
    """

    def __init__(self) -> None:
        self._later: list[LaterTurn] = []

    def remember(self, later: Iterable[LaterTurn]) -> None:
        """Replace all remembered tenants by ``later``."""
        self._later = sorted(later, key=_place)

    def forget(self) -> None:
        self._later = []

    def are_known(self) -> bool:
        return bool(self._later)

    def skippable(self, debts: Mapping[uuid.UUID, float], *, room: float, after: uuid.UUID) -> list[LaterTurn]:
        """Return the tenants that get no turn before ``room`` is used up, sorted by id.

        The turns have the same order as in the dispatch statement. The method ignores tenants that it does not remember,
        because such tenants can only delay the turns of the returned tenants.
        """
        first = bisect_right(self._later, after.int, key=_place)
        ring = self._later[first:] + self._later[:first]
        ring.sort(key=lambda later: debts.get(later.tenant_id, 0.0) + later.turn_ms / later.weight)
        for place, later in enumerate(ring):
            if room <= 0:
                return sorted(ring[place:], key=_place)
            room -= later.turn_ms
        return []


def _place(later: LaterTurn) -> int:
    # Comparing ids as objects of UUID takes ten times as long.
    return later.tenant_id.int
