"""Runs the tenant queues of a worker process. The tenant queues take turns on the threads of the process."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial

import structlog
from django.db import Error, connection

from actors.call_loop import later
from actors.costs import Costs
from actors.heartbeat import Heartbeat
from actors.holding import SMALL_JOBS, Begin, Doing, ProcessShares
from actors.pinned import PinnedThreads
from actors.quarantine import Quarantine
from actors.suspects import SuspectBatch, batches_of_suspects
from actors.tenant_queue import FAULT_SECONDS, TenantQueue
from automate.kernel.before_statements import before_each_statement
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.outbox import claims, transitions
from automate.outbox.giving_way import GivingWay, small_work
from automate.outbox.jobs import ClaimedJob
from automate.outbox.wakeups import wake_relay
from automate.processes.watch import Hands
from automate.recovery import poison
from tenants.directory import tenant_by_id

log = structlog.get_logger(__name__)

SESSION_TENANTS = 144
"""The number of tenants that a thread's session serves before a new one replaces it: it caches about 0.8 MB for each."""


class _Served(threading.local):
    """The tenants that this thread's database session has served."""

    def __init__(self) -> None:
        self.tenants: set[uuid.UUID] = set()


class TenantScheduler:
    """Gives each tenant queue its turn."""

    def __init__(self, threads: int, heartbeat: Heartbeat) -> None:
        self._heartbeat = heartbeat
        self._queues: dict[uuid.UUID, TenantQueue] = {}
        self._costs = Costs(threads)
        self._shares = ProcessShares(self._queues, self._costs.jobs_within)
        self._changed = self._shares.changed
        self._suspects: list[ClaimedJob] = []
        self._batches: deque[SuspectBatch] = deque()
        self.hands = Hands(threads)
        self._passes = PinnedThreads(threads, "tenant-queue")
        self._served = _Served()
        self._giving_way = GivingWay(small_work, self._passes.short_waits)
        self._quarantine = Quarantine()
        self._isolating = ThreadPoolExecutor(1, thread_name_prefix="quarantine")

    def take(self, tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], begin: Begin) -> None:
        """Accept the jobs of a message. Blocks while this process has no room for the jobs."""
        newcomer = TenantQueue(tenant_id, self._shares, self._ready)
        with self._changed:
            self._changed.wait_for(
                lambda: self._shares.closed or self._shares.admits(self._queues.get(tenant_id, newcomer))
            )
            if not self._shares.closed:
                queue = self._queues.setdefault(tenant_id, newcomer)
                queue.add(job_ids, begin)
                self._shares.allow(queue)
                self._ready(queue)
                return
        hand_back(job_ids)

    def jobs(self) -> list[ClaimedJob]:
        """Return all jobs of this process."""
        with self._changed:
            return [*self._suspects, *(job for queue in self._queues.values() for job in queue.jobs())]

    def signal(self, job_ids: Collection[uuid.UUID]) -> None:
        """Make the tenant queues check these jobs soon, because each job has received a signal."""
        with self._changed:
            queues = list(self._queues.values())
        for queue in queues:
            queue.signal(job_ids)

    def close(self) -> None:
        """Accept no more jobs, start no further step, and hand back jobs that have not begun."""
        with self._changed:
            self._shares.closed = True
            self._changed.notify_all()
            unclaimed = [job_id for queue in self._queues.values() for job_id in queue.take_unclaimed()]
            unbegun = [job for batch in self._batches for job in batch.suspects]
            self._batches.clear()
        self._quarantine.stop()
        hand_back(unclaimed, unbegun)
        self._dealt_with(unbegun)

    def await_rest(self, timeout_seconds: float) -> bool:
        """Wait until no call is in flight. Returns False after the timeout."""
        with self._changed:
            rested = self._changed.wait_for(lambda: self._at_rest() and not self._suspects, timeout_seconds)
        self._quarantine.close()
        return rested

    def _ready(self, queue: TenantQueue) -> None:
        if queue.doing is not Doing.RESTING:
            # The thread that makes its pass checks again afterwards.
            return
        with self._changed:
            if queue.doing is Doing.RESTING:
                self._queue(queue)

    def _at_rest(self) -> bool:
        return all(queue.doing is Doing.RESTING and not queue.in_flight for queue in self._queues.values())

    def _queue(self, queue: TenantQueue) -> None:
        queue.doing = Doing.QUEUED
        self._passes.submit(queue.tenant_id.int, partial(self._pass, queue), short=queue.is_small())

    def _pass(self, queue: TenantQueue) -> None:
        queue.doing = Doing.PASSING
        try:
            with self.hands, self._costs.measuring(queue, self._given), self._courtesy(queue):
                self._renew_session(queue.tenant_id)
                queue.make_pass()
        except Exception:
            log.exception("a pass failed; it is made again", tenant_id=str(queue.tenant_id))
            connection.close()
            # The queue pauses, but not its thread, which serves other queues.
            later(FAULT_SECONDS, partial(self._passed, queue))
        else:
            self._passed(queue)

    def _courtesy(self, queue: TenantQueue) -> AbstractContextManager[None]:
        # A small pass has few statements, each of which would wait for a processor behind those of large passes.
        if queue.is_small():
            return small_work.passing(queue.tenant_id)
        if queue.work() <= SMALL_JOBS:
            # The tenant has many runs, and the pass has few jobs. The pass neither announces itself nor waits.
            return nullcontext()
        return before_each_statement(partial(self._giving_way.to_others, queue.tenant_id))

    def _given(self) -> float:
        return self._giving_way.given

    def _renew_session(self, tenant_id: uuid.UUID) -> None:
        # Before it caches the tables of too many tenants.
        served = self._served.tenants
        if len(served) >= SESSION_TENANTS and tenant_id not in served:
            connection.close()
            served.clear()
        served.add(tenant_id)

    def _passed(self, queue: TenantQueue) -> None:
        with self._changed:
            queue.doing = Doing.RESTING
            for begin, suspects in queue.take_suspects():
                self._isolate_later(queue.tenant_id, suspects, begin)
            self._shares.allow(queue)  # also if it has nothing left to claim
            if queue.has_work():
                self._queue(queue)
            elif queue.is_empty() and self._queues.get(queue.tenant_id) is queue:
                del self._queues[queue.tenant_id]
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
            log.exception("suspects were not dealt with; they are claimed again after their leases")
            connection.close()
        finally:
            self._dealt_with(suspects)

    def _dealt_with(self, suspects: Sequence[ClaimedJob]) -> None:
        with self._changed:
            self._suspects = [job for job in self._suspects if job not in suspects]
            self._shares.isolated = len(self._suspects)
            self._changed.notify_all()


def give_back_uncounted(suspects: Sequence[ClaimedJob]) -> None:
    # Their attempt is not counted.
    transitions.count(suspects, 1)
    claims.unclaim(suspects)


def hand_back(job_ids: Sequence[uuid.UUID], claimed: Sequence[ClaimedJob] = ()) -> None:
    if not job_ids and not claimed:
        return
    try:
        with acting_for_platform("hand back what was not begun", QUEUE_ROLE):
            claims.take_back(job_ids)
            give_back_uncounted(claimed)
    except Error as error:
        log.warning("jobs could not be handed back; they are sent again later", error=str(error))
    wake_relay()
