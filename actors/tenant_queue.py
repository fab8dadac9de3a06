"""Processes one tenant's jobs in a worker process, in passes.

A pass writes the results of calls, and begins the jobs that have arrived since the last pass.
"""

from __future__ import annotations

import math
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import nullcontext
from functools import cache, partial
from itertools import islice

import structlog
from django.conf import settings
from django.db import connection

from actors.call_loop import call_loop, later
from actors.calls import GATHER_SECONDS, count, finish_inline, launch, let_go_of
from actors.connectors.registry import specs
from actors.endpoints import find_target, with_connectors
from actors.holding import SMALL_JOBS, Begin, Claimed, ProcessShares
from actors.recording import RecordingHolding
from actors.secrets import rules_for
from automate.kernel.errors import NormalizedError
from automate.kernel.metrics import START_DELAY
from automate.kernel.tenancy import acting_for
from automate.outbox import claims, transitions
from automate.outbox.jobs import ClaimedJob
from automate.outbox.registry import registry
from automate.outbox.wakeups import tell_of_claims, wake_relay
from automate.recovery import poison
from automate.runs.lease import Lease
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall, StepResult
from tenants.directory import remember_by_id, remembered_by_id, tenant_by_id
from tenants.queries import KnownTenant

log = structlog.get_logger(__name__)

FAULT_SECONDS = 0.5
"""The pause of a tenant queue after a failed pass, such as while PostgreSQL is unavailable."""
TRUSTED_ATTEMPTS = 2
"""A job with more claims in a row than this, including the current claim, is a suspect. The number is far below every
job's max_attempts."""

RECHECK_SECONDS = 60.0
"""The maximum delay before a run is checked again. If the run has ended in the meantime, the check frees its memory."""


READ_TOGETHER = 64
"""The maximum number of other tenants whose rows are read with that of a queue. Their passes begin soon."""

_start_delay = cache(START_DELAY.labels)


class TenantQueue(RecordingHolding):
    """Processes the jobs of one tenant in this worker process."""

    def __init__(self, tenant_id: uuid.UUID, shares: ProcessShares, wake: Callable[[TenantQueue], None]) -> None:
        super().__init__(tenant_id)
        self.in_flight = 0
        self.claimed = 0
        """How many jobs it has claimed in all."""
        self.returned = 0
        """How many results of calls it has received in all."""
        self._gathering = False
        self._shares = shares
        self._wake = wake
        self._results: deque[StepResult] = deque()
        self._due: dict[uuid.UUID, None] = {}
        self._timers: dict[uuid.UUID, float] = {}
        self._suspects: list[tuple[Begin, Sequence[ClaimedJob]]] = []
        self._suspended = False

    def deliver(self, result: StepResult) -> None:
        """Accept the result of a call. Must run on the thread of the event loop."""
        self._results.append(result)
        if len(self._results) >= self.in_flight:
            self._wake(self)
        elif not self._gathering:
            self._gathering = True
            call_loop().call_later(GATHER_SECONDS, self._gathered)

    def recheck(self, run_ids: Iterable[uuid.UUID]) -> None:
        """Check the given runs in the next pass of the queue."""
        with self._lock:
            self._due.update(dict.fromkeys(run_ids))
        self._wake(self)

    def signal(self, job_ids: Collection[uuid.UUID]) -> None:
        """Check the runs of the given jobs in the next pass, because the runs have a signal. Ignore jobs of other queues."""
        run_set = self._run_set
        signalled = [run.id for run in list(run_set.held.values()) if run.job.id in job_ids] if run_set else []
        if signalled:
            self.recheck(signalled)

    def _gathered(self) -> None:
        self._gathering = False
        if self._results:
            self._wake(self)

    def has_work(self) -> bool:
        return bool(self._results or self._due or self._claimed) or bool(
            self._unclaimed and self._shares.room(self) > 0
        )

    def work(self) -> int:
        """Return the number of jobs and results that the next pass can process."""
        return len(self._unclaimed) + len(self._due) + len(self._results) + sum(len(one.jobs) for one in self._claimed)

    def is_empty(self) -> bool:
        return not (self._unclaimed or self._claimed or self._results or self._due or self.in_flight)

    def take_suspects(self) -> list[tuple[Begin, Sequence[ClaimedJob]]]:
        """Remove and return the claimed jobs that the quarantine must run."""
        taken, self._suspects = self._suspects, []
        return taken

    def jobs(self) -> list[ClaimedJob]:
        return [*super().jobs(), *(job for _, suspects in self._suspects for job in suspects)]

    def make_pass(self) -> None:
        """Record the results of finished calls. Then claim the waiting jobs, begin them, and record what has ended since."""
        connection.close_if_unusable_or_obsolete()
        try:
            known = self._tenant()
        except NormalizedError as error:
            self._let_go(error)
            return
        self._suspended = known.suspended
        with acting_for(known.ref):
            run_set = self._run_set_of(known)
            run_set.breakers.refresh(broken=known.broken)
            self._record_results(known, run_set, self._take_due())
            claimed = self._claim(known)
            if claimed > SMALL_JOBS:
                tell_of_claims(claimed)
            while self._claimed:
                self._begin(known, self._claimed[0])
            if 0 < claimed <= SMALL_JOBS:
                # Few claims free little room, and the jobs do not wait for Redis.
                tell_of_claims(claimed)
            if self._results:
                # Calls without a request, such as log.write, have already ended. Another pass would have fixed costs again.
                self._record_results(known, run_set, [])
            while run_set.rechecks:
                run_id, seconds = run_set.rechecks.popitem()
                if seconds > 0:
                    self._recheck_in(run_id, min(seconds, RECHECK_SECONDS))
                else:
                    self._recheck_at_once(run_id)

    def _tenant(self) -> KnownTenant:
        if remembered_by_id(self.tenant_id) is None:
            # One statement for the queues with a pass to make, and not one for each.
            unknown = (tenant_id for tenant_id in self._shares.queued() if remembered_by_id(tenant_id) is None)
            remember_by_id({self.tenant_id, *islice(unknown, READ_TOGETHER)})
        return tenant_by_id(self.tenant_id)

    def _record_results(self, known: KnownTenant, run_set: RunSet, due: Sequence[uuid.UUID]) -> None:
        # The meter may have amounts of a begin whose transaction was rolled back.
        run_set.meter.refresh(metered=known.metered, priced=known.priced)
        results = self._returned()
        try:
            calls = self._record(run_set, results, due)
        finally:
            let_go_of(results)
        self._launch(known, calls)

    def _recheck_at_once(self, run_id: uuid.UUID) -> None:
        # Other queues make their passes first.
        with self._lock:
            self._due[run_id] = None

    def _recheck_in(self, run_id: uuid.UUID, seconds: float) -> None:
        # Does nothing if an earlier check is already set.
        at = time.monotonic() + seconds
        if at < self._timers.get(run_id, math.inf):
            self._timers[run_id] = at
            later(seconds, partial(self._recheck, run_id, at))

    def _recheck(self, run_id: uuid.UUID, at: float) -> None:
        if self._timers.get(run_id) == at:
            del self._timers[run_id]
        if self._run_set is not None and run_id in self._run_set.held:
            self.recheck([run_id])

    def _take_due(self) -> list[uuid.UUID]:
        with self._lock:
            due, self._due = list(self._due), {}
        return due

    def _let_go(self, error: NormalizedError) -> None:
        # The tenant no longer exists and no rows can be written.
        jobs = [*self.take_unclaimed(), *(job.id for job in self.jobs())]
        log.error("jobs of no tenant", tenant_id=str(self.tenant_id), jobs=[str(job) for job in jobs], error=str(error))
        let_go_of(self._returned())
        self._take_due()
        self._claimed, self._run_set = [], None

    def _run_set_of(self, known: KnownTenant) -> RunSet:
        if self._run_set is None:
            lease = Lease(
                settings.LEASE_SECONDS,
                self._yielding,
                self._shares.calls,
                self._shares.crowded,
                partial(self._shares.call_room, self),
                settings.RUN_OUTPUT_BYTES,
            )
            self._run_set = RunSet(known.ref, specs(), lease, find_target)
        return self._run_set

    def _yielding(self) -> bool:
        # The outbox sends jobs of a suspended tenant only after the tenant is resumed.
        return self._suspended or self._shares.yielding()

    def _returned(self) -> list[StepResult]:
        results = [self._results.popleft() for _ in range(len(self._results))]
        self.in_flight -= len(results)
        self.returned += len(results)
        count(results)
        return results

    def _claim(self, known: KnownTenant) -> int:
        # Returns how many jobs of messages it has looked at.
        room = max(0, self._shares.room(self))
        with self._lock:
            wanted = dict(islice(self._unclaimed.items(), room))
        if not wanted:
            return 0
        jobs = claims.claim(known.ref.id, list(wanted), lease_seconds=settings.LEASE_SECONDS)
        self.claimed += len(jobs)
        for job in jobs:
            _start_delay(job.topic).observe(job.late_seconds)
        if self._shares.yielding():
            claims.unclaim(jobs)
            wake_relay()
            jobs = []
        trusted: dict[Begin, list[ClaimedJob]] = {}
        suspects: dict[Begin, list[ClaimedJob]] = {}
        for job in jobs:
            if not job.spent:
                kind = trusted if job.attempts <= TRUSTED_ATTEMPTS else suspects
                kind.setdefault(wanted[job.id], []).append(job)
        with self._lock:
            # Until now they counted as unclaimed: a full process accepts nothing in between.
            self._unclaimed = {job_id: begin for job_id, begin in self._unclaimed.items() if job_id not in wanted}
            for begin, together in trusted.items():
                self.hold(together, begin)
        for begin, apart in suspects.items():
            # They wait for one another. Otherwise jobs that were never begun would be suspects if this worker is lost.
            transitions.count(apart, -1)
            self._suspects.append((begin, apart))
        for job in jobs:
            if job.spent:
                poison.dead_letter([job], poison.poisoned(job))
        return len(wanted)

    def _begin(self, known: KnownTenant, claimed: Claimed) -> None:
        # If beginning all at once fails, one by one, so that a failed job affects no other job.
        begin, jobs, others = claimed.begin, claimed.jobs, self._claimed[1:]
        if self._shares.yielding():
            claims.unclaim(jobs)
            self._claimed = others
            return
        planned = nullcontext() if registry()[jobs[0].topic].by_key else connection.planned_for_values()  # type: ignore[attr-defined] # our own backend's
        try:
            with planned:
                calls = begin(self._run_set_of(known), jobs)
        except Exception:
            log.exception("a set of jobs failed", jobs=len(jobs), tenant_id=str(self.tenant_id))
            self._run_set_of(known).deferred.clear()
            connection.close_if_unusable_or_obsolete()
            if time.monotonic() < claimed.until:
                # If PostgreSQL is unavailable, the jobs are not at fault: the next pass begins them again.
                connection.ensure_connection()
        else:
            deferred = self._run_set_of(known).deferred
            later_ones = [Claimed(begin, list(deferred), time.monotonic() + settings.LEASE_SECONDS)] if deferred else []
            self._claimed = [*later_ones, *others]
            deferred.clear()
            self._launch(known, calls)
            return
        if len(jobs) == 1:
            self._put_back(jobs)
        self._claimed = [*(Claimed(begin, [job], claimed.until) for job in jobs if len(jobs) > 1), *others]

    def _launch(self, known: KnownTenant, calls: Sequence[StepCall]) -> None:
        made, rules = with_connectors(calls), rules_for(calls)
        self.in_flight += len(made)
        for call, connector in made:
            if connector.inline:
                self._results.append(finish_inline(call, connector, known.allowed_networks, rules))
        if away := [(call, connector) for call, connector in made if not connector.inline]:
            launch(away, known.allowed_networks, rules, self.deliver)
