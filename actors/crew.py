"""The threads of a worker process, and the limits of its work.

Lanes take turns, so a tenant waits for at most one pass of each other tenant. Jobs that may end the process go to
its quarantine.
"""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import structlog
from django.db import Error, connection

from actors.call_loop import later
from actors.costs import Costs
from actors.heartbeat import Heartbeat
from actors.holding import Begin, Doing, Shares
from actors.lane import FAULT_SECONDS, Lane
from actors.pinned import PinnedThreads
from actors.quarantine import Quarantine
from actors.suspects import SuspectBatch, batches_of_suspects
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.outbox import claims, transitions
from automate.outbox.hints import wake_relay
from automate.outbox.jobs import ClaimedJob
from automate.processes.watch import Hands
from automate.recovery import poison
from tenants.directory import tenant_by_id

log = structlog.get_logger(__name__)

SESSION_TENANTS = 160
"""The number of tenants that a thread's session serves before a new one replaces it: it caches 0.4 MB for each."""


class Crew:
    """threads: the number of lanes that make a pass at once."""

    def __init__(self, threads: int, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat
        self._lanes: dict[uuid.UUID, Lane] = {}
        self._costs = Costs(threads)
        self._shares = Shares(self._lanes, self._costs.jobs_within)
        self._changed = self._shares.changed
        self._suspects: list[ClaimedJob] = []
        self._batches: deque[SuspectBatch] = deque()
        self.hands = Hands(threads)
        self._passes = PinnedThreads(threads, "lane")
        self._served = threading.local()
        self._quarantine = Quarantine()
        self._isolating = ThreadPoolExecutor(1, thread_name_prefix="quarantine")

    def take(self, tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], begin: Begin) -> None:
        """Accept the jobs of a message. Blocks while this process is full; returns before the jobs are done."""
        newcomer = Lane(tenant_id, self._shares, self._ready)
        with self._changed:
            self._changed.wait_for(
                lambda: self._shares.closed or self._shares.admits(self._lanes.get(tenant_id, newcomer))
            )
            if not self._shares.closed:
                lane = self._lanes.setdefault(tenant_id, newcomer)
                lane.add(job_ids, begin)
                self._shares.allow(lane)
                self._ready(lane)
                return
        hand_back(job_ids)

    def jobs(self) -> list[ClaimedJob]:
        """All jobs whose leases the heartbeat must renew."""
        with self._changed:
            return [*self._suspects, *(job for lane in self._lanes.values() for job in lane.jobs())]

    def tell(self, job_ids: Collection[uuid.UUID]) -> None:
        """Process jobs with a signal, without waiting for their calls."""
        with self._changed:
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.tell(job_ids)

    def close(self) -> None:
        """Accept no more jobs, start no further step, and hand back jobs that were not begun."""
        with self._changed:
            self._shares.closed = True
            self._changed.notify_all()
            unclaimed = [job_id for lane in self._lanes.values() for job_id in lane.take_unclaimed()]
            unbegun = [job for batch in self._batches for job in batch.suspects]
            self._batches.clear()
        self._quarantine.stop()
        hand_back(unclaimed, unbegun)
        self._dealt_with(unbegun)

    def await_rest(self, timeout_seconds: float) -> bool:
        """Wait until nothing is in flight. Returns False after the timeout; the leases of the rest then expire."""
        with self._changed:
            rested = self._changed.wait_for(lambda: self._at_rest() and not self._suspects, timeout_seconds)
        self._quarantine.close()
        return rested

    def _ready(self, lane: Lane) -> None:
        if lane.doing is not Doing.RESTING:
            # The thread that makes its pass checks again afterwards.
            return
        with self._changed:
            if lane.doing is Doing.RESTING:
                self._queue(lane)

    def _at_rest(self) -> bool:
        return all(lane.doing is Doing.RESTING and not lane.flying for lane in self._lanes.values())

    def _queue(self, lane: Lane) -> None:
        lane.doing = Doing.QUEUED
        self._passes.submit(lane.tenant_id.int, partial(self._pass, lane))

    def _pass(self, lane: Lane) -> None:
        lane.doing = Doing.PASSING
        try:
            with self.hands, self._costs.measuring(lane):
                self._renew_session(lane.tenant_id)
                lane.make_pass()
        except Exception:
            log.exception("a pass failed; it is made again", tenant_id=str(lane.tenant_id))
            connection.close()
            # The lane pauses, but not its thread, which serves other lanes.
            later(FAULT_SECONDS, partial(self._passed, lane))
        else:
            self._passed(lane)

    def _renew_session(self, tenant_id: uuid.UUID) -> None:
        """Give this thread a new session before the old one caches the tables of too many tenants."""
        served: set[uuid.UUID] = self._served.__dict__.setdefault("tenants", set())
        if len(served) >= SESSION_TENANTS and tenant_id not in served:
            connection.close()
            served.clear()
        served.add(tenant_id)

    def _passed(self, lane: Lane) -> None:
        with self._changed:
            lane.doing = Doing.RESTING
            for begin, suspects in lane.take_suspects():
                self._isolate_later(lane.tenant_id, suspects, begin)
            self._shares.allow(lane)  # also if it has nothing left to claim
            if lane.has_work():
                self._queue(lane)
            elif lane.is_empty() and self._lanes.get(lane.tenant_id) is lane:
                del self._lanes[lane.tenant_id]
            self._changed.notify_all()

    def _isolate_later(self, tenant_id: uuid.UUID, suspects: Sequence[ClaimedJob], begin: Begin) -> None:
        self._suspects.extend(suspects)
        self._shares.isolated = len(self._suspects)
        self._batches.extend(SuspectBatch(tenant_id, few, begin) for few in batches_of_suspects(suspects))
        self._isolating.submit(self._isolate_all)

    def _isolate_all(self) -> None:
        while batch := self._next_batch():
            self._isolate(batch)

    def _next_batch(self) -> SuspectBatch | None:
        with self._changed:
            return self._batches.popleft() if self._batches else None

    def _isolate(self, batch: SuspectBatch) -> None:
        suspects = batch.suspects
        try:
            connection.close_if_unusable_or_obsolete()
            with acting_for(tenant_by_id(batch.tenant_id).ref):
                if self._shares.closed:
                    give_back_uncounted(suspects)
                    return
                transitions.count(suspects, 1)
                survived = self._quarantine.survives(batch.tenant_id, suspects, batch.begin)
                if self._shares.closed and not survived:
                    # Ended by this worker before their end.
                    claims.unclaim(suspects)
                elif not survived:
                    log.warning("the quarantine was ended by one of its jobs", jobs=[str(job.id) for job in suspects])
                    attempts = claims.attempts(suspects)
                    for job in suspects:
                        if job.id in attempts:
                            poison.put_back([replace(job, attempts=attempts[job.id])], poison.poisoned(job))
        except Exception:
            log.exception("suspects were not dealt with; their leases end by themselves")
            connection.close()
        finally:
            self._dealt_with(suspects)

    def _dealt_with(self, suspects: Sequence[ClaimedJob]) -> None:
        with self._changed:
            self._suspects = [job for job in self._suspects if job not in suspects]
            self._shares.isolated = len(self._suspects)
            self._changed.notify_all()


def give_back_uncounted(suspects: Sequence[ClaimedJob]) -> None:
    """Give back suspects that waited and were not begun."""
    transitions.count(suspects, 1)
    claims.unclaim(suspects)


def hand_back(job_ids: Sequence[uuid.UUID], claimed: Sequence[ClaimedJob] = ()) -> None:
    """Let another worker process jobs that this process was sent, and suspects that it claimed but did not begin."""
    if not job_ids and not claimed:
        return
    try:
        with acting_for_platform("hand back what was not begun", QUEUE_ROLE):
            claims.take_back(job_ids)
            give_back_uncounted(claimed)
    except Error as error:
        log.warning("jobs could not be handed back; they are sent again later", error=str(error))
    wake_relay()
