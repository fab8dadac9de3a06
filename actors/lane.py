"""One tenant's work in this process: what has come in since the last pass is claimed, recorded and written as one set.

One thread at a time makes a pass, so that a tenant's rows are not fought over within a process; no thread is held
while calls are under way. The busier the tenant, the more a pass finds, and the larger are its sets.
"""

from __future__ import annotations

import enum
import math
import threading
import time
import uuid
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice

import structlog
from django.conf import settings
from django.db import Error, connection

from actors.calls import GATHER_SECONDS, call_loop, count, finish_inline, later, launch, let_go_of
from actors.connectors.registry import specs
from actors.endpoints import find_target, note_gone, with_connectors
from actors.hosting import Begin, Host
from actors.secrets import rules_for
from automate.kernel.errors import NormalizedError
from automate.kernel.metrics import LEASE_LOSSES, START_DELAY
from automate.kernel.outages import QUERY_CANCELED, sqlstate
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.outbox.hints import wake_relay
from automate.outbox.jobs import ClaimedJob
from automate.recovery import poison
from automate.runs.advance import RunSet
from automate.runs.lease import Lease
from automate.runs.round import Round, StepCall, StepResult
from automate.runs.work import RunState
from tenants.directory import tenant_by_id
from tenants.queries import Known

log = structlog.get_logger(__name__)

FAULT = NormalizedError("INTERNAL", "The worker failed on this job; its log has the trace id.")
TOO_LONG = NormalizedError(
    "UNAVAILABLE",
    "PostgreSQL ended a statement of this job that took longer than the application's statement_timeout; what its calls "
    "returned was not written. Look for what holds locks or keeps PostgreSQL busy.",
)

TRUSTED_ATTEMPTS = 2
"""A job that has lost more workers in a row is a suspect. Well below every job's max_attempts."""

LOOK_SECONDS = 60.0
"""How long a timer runs at most: that of a run which has ended in the meantime holds its memory no longer."""


_start_delay = cache(START_DELAY.labels)


class Doing(enum.Enum):
    """What a lane's host has it do."""

    RESTING = enum.auto()
    QUEUED = enum.auto()
    PASSING = enum.auto()
    """Or it has failed at a pass, and waits a moment before the next."""


@dataclass(frozen=True)
class _Claimed:
    """Jobs that are held and not begun. until: when to leave them to their leases, on the monotonic clock."""

    begin: Begin
    jobs: Sequence[ClaimedJob]
    until: float


class Lane:
    """jobs() are those whose leases the heartbeat has to renew. doing and allowed, how many jobs it may hold, belong to
    the host. claimed: how many jobs it has claimed in all.
    """

    def __init__(self, tenant_id: uuid.UUID, host: Host) -> None:
        self.tenant_id = tenant_id
        self.doing = Doing.RESTING
        self.allowed = 0
        self.flying = 0
        self.claimed = 0
        self._gathering = False
        self._host = host
        self._lock = threading.Lock()
        self._unclaimed: dict[uuid.UUID, Begin] = {}
        self._results: deque[StepResult] = deque()
        self._due: dict[uuid.UUID, None] = {}
        self._timers: dict[uuid.UUID, float] = {}
        self._claimed: list[_Claimed] = []
        self._run_set: RunSet | None = None
        self._suspended = False

    def add(self, job_ids: Sequence[uuid.UUID], begin: Begin) -> None:
        """Jobs that a message names. A job that is named again before it is claimed is still one job."""
        with self._lock:
            self._unclaimed.update(dict.fromkeys(job_ids, begin))

    def deliver(self, result: StepResult) -> None:
        """How a call ended; on the event loop's thread. The last one out waits for nobody."""
        self._results.append(result)
        if len(self._results) >= self.flying:
            self._host.ready(self)
        elif not self._gathering:
            self._gathering = True
            call_loop().call_later(GATHER_SECONDS, self._gathered)

    def look_again(self, run_ids: Iterable[uuid.UUID]) -> None:
        """Runs of which something has fallen due, or that were told something, while calls of theirs are under way."""
        with self._lock:
            self._due.update(dict.fromkeys(run_ids))
        self._host.ready(self)

    def tell(self, job_ids: Collection[uuid.UUID]) -> None:
        """Jobs that bear a signal: those that this lane holds are looked at."""
        run_set = self._run_set
        told = [run.id for run in list(run_set.held.values()) if run.job.id in job_ids] if run_set else []
        if told:
            self.look_again(told)

    def _gathered(self) -> None:
        self._gathering = False
        if self._results:
            self._host.ready(self)

    def hold(self, jobs: Sequence[ClaimedJob], begin: Begin) -> None:
        """Jobs that are claimed already; the next pass begins them."""
        self._claimed = [*self._claimed, _Claimed(begin, jobs, time.monotonic() + settings.LEASE_SECONDS)]

    def jobs(self) -> list[ClaimedJob]:
        run_set = self._run_set  # the heartbeat asks, and a pass may let it go meanwhile
        held = run_set.jobs() if run_set else []
        return [*held, *(job for claimed in self._claimed for job in claimed.jobs)]

    def holds(self) -> int:
        run_set = self._run_set
        return sum(len(claimed.jobs) for claimed in self._claimed) + (len(run_set.held) if run_set else 0)

    def weight(self) -> int:
        """Bytes of memory that its runs take, estimated."""
        run_set = self._run_set
        return run_set.weight if run_set else 0

    def call_weight(self) -> int:
        """Bytes of memory that large requests of its calls take, estimated."""
        run_set = self._run_set
        return run_set.call_weight if run_set else 0

    def will_hold(self) -> int:
        """What it holds, and what it is yet to claim."""
        with self._lock:
            return self.holds() + len(self._unclaimed)

    def has_work(self) -> bool:
        return bool(self._results or self._due or self._claimed) or bool(self._unclaimed and self._host.room(self) > 0)

    def is_empty(self) -> bool:
        return not (self._unclaimed or self._claimed or self._results or self._due or self.flying)

    def take_unclaimed(self) -> dict[uuid.UUID, Begin]:
        """The jobs that are named and not yet claimed; from now on they are the caller's."""
        with self._lock:
            taken, self._unclaimed = self._unclaimed, {}
        return taken

    def make_pass(self) -> None:
        """Record what calls returned, then claim and begin what messages named, each as one set."""
        connection.close_if_unusable_or_obsolete()
        try:
            known = tenant_by_id(self.tenant_id)
        except NormalizedError as error:
            self._let_go(error)
            return
        self._suspended = known.suspended
        with acting_for(known.ref):
            run_set = self._run_set_of(known)
            run_set.breakers.refresh(broken=known.broken)
            run_set.meter.refresh(metered=known.metered, priced=known.priced)
            results = self._returned()
            try:
                calls = self._record(run_set, results, self._take_due())
            finally:
                let_go_of(results)
            self._launch(known, calls)
            self._claim(known)
            while self._claimed:
                self._begin(known, self._claimed[0])
            while run_set.looks_again:
                run_id, seconds = run_set.looks_again.popitem()
                if seconds > 0:
                    self._look_in(run_id, min(seconds, LOOK_SECONDS))
                else:
                    self._look_at_once(run_id)

    def _look_at_once(self, run_id: uuid.UUID) -> None:
        """In the next pass of this lane, after those of others."""
        with self._lock:
            self._due[run_id] = None

    def _look_in(self, run_id: uuid.UUID, seconds: float) -> None:
        """One timer for a run, however many rounds say when it is to be looked at; another one only where it is earlier."""
        at = time.monotonic() + seconds
        if at < self._timers.get(run_id, math.inf):
            self._timers[run_id] = at
            later(seconds, partial(self._look, run_id, at))

    def _look(self, run_id: uuid.UUID, at: float) -> None:
        if self._timers.get(run_id) == at:
            del self._timers[run_id]
        if self._run_set is not None and run_id in self._run_set.held:
            self.look_again([run_id])

    def _take_due(self) -> list[uuid.UUID]:
        with self._lock:
            due, self._due = list(self._due), {}
        return due

    def _let_go(self, error: NormalizedError) -> None:
        """Of everything: there is no tenant whose rows could be written."""
        jobs = [*self.take_unclaimed(), *(job.id for job in self.jobs())]
        log.error("jobs of no tenant", tenant_id=str(self.tenant_id), jobs=[str(job) for job in jobs], error=str(error))
        let_go_of(self._returned())
        self._take_due()
        self._claimed, self._run_set = [], None

    def _run_set_of(self, known: Known) -> RunSet:
        if self._run_set is None:
            lease = Lease(
                settings.LEASE_SECONDS,
                self._yielding,
                self._host.calls,
                self._host.crowded,
                partial(self._host.call_room, self),
                settings.RUN_OUTPUT_BYTES,
            )
            self._run_set = RunSet(known.ref, specs(), lease, find_target)
        return self._run_set

    def _yielding(self) -> bool:
        """A suspended tenant's runs wait too; its lane in the queue is closed until it is resumed."""
        return self._suspended or self._host.yielding()

    def _returned(self) -> list[StepResult]:
        results = [self._results.popleft() for _ in range(len(self._results))]
        self.flying -= len(results)
        count(results)
        return results

    def _claim(self, known: Known) -> None:
        """Claim as much as there is room for."""
        room = max(0, self._host.room(self))
        with self._lock:
            wanted = dict(islice(self._unclaimed.items(), room))
        if not wanted:
            return
        jobs = claims.claim(known.ref.id, list(wanted), lease_seconds=settings.LEASE_SECONDS)
        self.claimed += len(jobs)
        for job in jobs:
            _start_delay(job.topic).observe(job.late_seconds)
        if self._host.yielding():
            claims.unclaim(jobs)
            jobs = []
        trusted: dict[Begin, list[ClaimedJob]] = {}
        suspects: dict[Begin, list[ClaimedJob]] = {}
        for job in jobs:
            if not job.spent:
                kind = trusted if job.attempts <= TRUSTED_ATTEMPTS else suspects
                kind.setdefault(wanted[job.id], []).append(job)
        with self._lock:
            # Until now they counted as named: a process that is full takes on nothing in between.
            self._unclaimed = {job_id: begin for job_id, begin in self._unclaimed.items() if job_id not in wanted}
            for begin, together in trusted.items():
                self.hold(together, begin)
        for begin, apart in suspects.items():
            self._host.isolate(self, apart, begin)
        wake_relay()
        for job in jobs:
            if job.spent:
                poison.bury([job], poison.poisoned(job))

    def _begin(self, known: Known, claimed: _Claimed) -> None:
        """All at once; where that fails one by one, so that a poison job takes no innocent with it."""
        begin, jobs, others = claimed.begin, claimed.jobs, self._claimed[1:]
        if self._host.yielding():
            claims.unclaim(jobs)
            self._claimed = others
            return
        try:
            calls = begin(self._run_set_of(known), jobs)
        except Exception:
            log.exception("a set of jobs failed", jobs=len(jobs), tenant_id=str(self.tenant_id))
            self._run_set_of(known).deferred.clear()
            connection.close_if_unusable_or_obsolete()
            if time.monotonic() < claimed.until:
                # Where Postgres is away nothing is wrong with them: the next pass begins them again.
                connection.ensure_connection()
        else:
            deferred = self._run_set_of(known).deferred
            later_ones = (
                [_Claimed(begin, list(deferred), time.monotonic() + settings.LEASE_SECONDS)] if deferred else []
            )
            self._claimed = [*later_ones, *others]
            deferred.clear()
            self._launch(known, calls)
            return
        if len(jobs) == 1:
            self._put_back(jobs)
        self._claimed = [*(_Claimed(begin, [job], claimed.until) for job in jobs if len(jobs) > 1), *others]

    def _launch(self, known: Known, calls: Sequence[StepCall]) -> None:
        made, rules = with_connectors(calls), rules_for(calls)
        self.flying += len(made)
        for call, connector in made:
            if connector.inline:
                self._results.append(finish_inline(call, connector, known.allowed_networks, rules))
        if away := [(call, connector) for call, connector in made if not connector.inline]:
            launch(away, known.allowed_networks, rules, self.deliver)

    def _record(self, run_set: RunSet, results: Sequence[StepResult], due: Sequence[uuid.UUID]) -> list[StepCall]:
        note_gone(results)
        by_run: dict[uuid.UUID, list[StepResult]] = {run_id: [] for run_id in due if run_id in run_set.held}
        for result in results:
            run = result.call.run
            if run_set.held.get(run.id) is run:
                by_run.setdefault(run.id, []).append(result)
            else:
                # Also where it has come back to this process: whoever claimed it since makes the call again.
                LEASE_LOSSES.inc()
                log.info("run lost to another worker", run_id=str(run.id), trace_id=run.trace_id)
        calls: list[StepCall] = []
        rounds: list[Round] = []
        for run_id, group in by_run.items():
            if run_set.memory.full and rounds:
                calls += self._commit(run_set, rounds)
                rounds = []
            if made := self._settle(run_set, run_set.held[run_id], group):
                rounds.append(made)
        return calls + self._commit(run_set, rounds)

    def _commit(self, run_set: RunSet, rounds: Sequence[Round]) -> list[StepCall]:
        """All at once; where that fails one by one."""
        if not rounds:
            return []
        try:
            return run_set.commit(rounds)
        except Exception:
            log.exception("a set of results failed", runs=len(rounds), tenant_id=str(self.tenant_id))
            connection.close_if_unusable_or_obsolete()
        return [call for made in rounds for call in self._commit_alone(run_set, made)]

    def _settle(self, run_set: RunSet, run: RunState, results: Sequence[StepResult]) -> Round | None:
        try:
            return run_set.settle(run, results)
        except Exception:
            log.exception("a run could not be planned", run_id=str(run.id), trace_id=run.trace_id)
        self._give_up(run_set, run)
        return None

    def _commit_alone(self, run_set: RunSet, made: Round) -> list[StepCall]:
        try:
            return run_set.commit([made])
        except Exception as error:
            log.exception("a run could not be written", run_id=str(made.run.id), trace_id=made.run.trace_id)
            connection.close_if_unusable_or_obsolete()
            self._give_up(run_set, made.run, TOO_LONG if sqlstate(error) == QUERY_CANCELED else FAULT)
        return []

    def _give_up(self, run_set: RunSet, run: RunState, fault: NormalizedError = FAULT) -> None:
        run_set.drop(run)
        self._put_back([run.job], fault)

    def _put_back(self, jobs: Sequence[ClaimedJob], fault: NormalizedError = FAULT) -> None:
        try:
            poison.put_back(jobs, fault)
        except Error:
            # The lease ends by itself, and the relay sends the job out again.
            log.exception("jobs could not be put back", jobs=[str(job.id) for job in jobs])
            connection.close()
