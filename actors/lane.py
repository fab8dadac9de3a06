"""One tenant's work in this process: what has come in since the last pass is claimed, recorded and written as one set.

One thread at a time makes a pass, so that a tenant's rows are not fought over within a process; no thread is held
while calls are under way. The busier the tenant, the more a pass finds, and the larger are its sets.
"""

from __future__ import annotations

import enum
import threading
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Protocol

import structlog
from django.conf import settings
from django.db import Error, connection

from actors.calls import GATHER_SECONDS, call_loop, finish_inline, later, launch, make_call
from actors.connectors.registry import CONNECTORS, specs
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.outbox.claims import ClaimedJob
from automate.outbox.hints import wake_relay
from automate.runs import poison
from automate.runs.advance import Lease, RunSet
from automate.runs.round import Round, StepCall, StepResult
from automate.runs.work import RunState
from tenants.directory import tenant_by_id
from tenants.queries import Known

log = structlog.get_logger(__name__)

FAULT = NormalizedError("INTERNAL", "The worker failed on this job; its log has the trace id.")

TRUSTED_ATTEMPTS = 2
"""A job that has lost more workers in a row is a suspect. Well below every job's max_attempts."""

Begin = Callable[[RunSet, Sequence[ClaimedJob]], list[StepCall]]
"""What a topic does with claimed jobs first: match events, or go on with runs."""


class Host(Protocol):
    """Who runs a lane's passes."""

    def ready(self, lane: Lane) -> None:
        """The lane has something to do."""

    def room(self, lane: Lane) -> int:
        """How many more jobs the lane may claim."""

    def yielding(self) -> bool:
        """Whether runs are to be handed back instead of starting another step."""

    def isolate(self, lane: Lane, suspects: Sequence[ClaimedJob], begin: Begin) -> None:
        """Do these claimed jobs apart: one of them may be what ended its last workers."""


class Doing(enum.Enum):
    """What a lane's host has it do."""

    RESTING = enum.auto()
    QUEUED = enum.auto()
    PASSING = enum.auto()
    """Or it has failed at a pass, and waits a moment before the next."""


class Lane:
    """jobs() are those whose leases the heartbeat has to renew. doing belongs to the host."""

    def __init__(self, tenant_id: uuid.UUID, host: Host) -> None:
        self.tenant_id = tenant_id
        self.doing = Doing.RESTING
        self.flying = 0
        self._gathering = False
        self._host = host
        self._lock = threading.Lock()
        self._unclaimed: dict[uuid.UUID, Begin] = {}
        self._results: deque[StepResult] = deque()
        self._due: dict[uuid.UUID, None] = {}
        self._beginning: list[ClaimedJob] = []
        self._run_set: RunSet | None = None

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
        told = [run.id for run in list(self._run_set.held.values()) if run.job.id in job_ids] if self._run_set else []
        if told:
            self.look_again(told)

    def _gathered(self) -> None:
        self._gathering = False
        self._host.ready(self)

    def jobs(self) -> list[ClaimedJob]:
        return [*self._beginning, *(self._run_set.jobs() if self._run_set else [])]

    def holds(self) -> int:
        return len(self._beginning) + (len(self._run_set.held) if self._run_set else 0)

    def has_work(self) -> bool:
        return bool(self._results or self._due) or bool(self._unclaimed and self._host.room(self) > 0)

    def is_empty(self) -> bool:
        return not (self._unclaimed or self._results or self._due or self.flying)

    def take_unclaimed(self, most: int | None = None) -> dict[uuid.UUID, Begin]:
        """The jobs that are named and not yet claimed; from now on they are the caller's."""
        with self._lock:
            taken = dict(list(self._unclaimed.items())[:most])
            for job_id in taken:
                del self._unclaimed[job_id]
        return taken

    def make_pass(self) -> None:
        """Record what calls returned, then claim and begin what messages named, each as one set."""
        connection.close_if_unusable_or_obsolete()
        try:
            known = tenant_by_id(self.tenant_id)
        except NormalizedError as error:
            self._let_go(error)
            return
        with acting_for(known.ref):
            run_set = self._run_set_of(known)
            self._launch(known, self._record(run_set, self._returned(), self._take_due()))
            for begin, jobs in self._claim(known).items():
                self._launch(known, self._begin(run_set, jobs, begin))
            self._wait_for(run_set)

    def _wait_for(self, run_set: RunSet) -> None:
        """Be woken when something falls due of runs whose calls are under way."""
        while run_set.looks_again:
            run_id, seconds = run_set.looks_again.popitem()
            later(seconds, partial(self.look_again, [run_id]))

    def _take_due(self) -> list[uuid.UUID]:
        with self._lock:
            due, self._due = list(self._due), {}
        return due

    def _let_go(self, error: NormalizedError) -> None:
        """Of everything: there is no tenant whose rows could be written."""
        jobs = [*self.take_unclaimed(), *(job.id for job in self.jobs())]
        log.error("jobs of no tenant", tenant_id=str(self.tenant_id), jobs=[str(job) for job in jobs], error=str(error))
        self._returned()
        self._run_set = None

    def begin_claimed(self, jobs: Sequence[ClaimedJob], begin: Begin) -> None:
        """Start with jobs that are held already."""
        known = tenant_by_id(self.tenant_id)
        with acting_for(known.ref):
            run_set = self._run_set_of(known)
            self._launch(known, self._begin(run_set, jobs, begin))
            self._wait_for(run_set)

    def _run_set_of(self, known: Known) -> RunSet:
        if self._run_set is None:
            self._run_set = RunSet(known.ref, specs(), Lease(settings.LEASE_SECONDS, self._host.yielding))
        return self._run_set

    def _returned(self) -> list[StepResult]:
        results = [self._results.popleft() for _ in range(len(self._results))]
        self.flying -= len(results)
        return results

    def _claim(self, known: Known) -> dict[Begin, list[ClaimedJob]]:
        """Claim as much as there is room for, by what is to be done with it."""
        wanted = self.take_unclaimed(max(0, self._host.room(self)))
        if not wanted:
            return {}
        try:
            jobs = claims.claim(known.ref.id, list(wanted), lease_seconds=settings.LEASE_SECONDS)
        except Error:
            with self._lock:
                self._unclaimed = {**wanted, **self._unclaimed}
            raise
        if self._host.yielding():
            claims.unclaim(jobs)
            jobs = []
        wake_relay()
        for job in jobs:
            if job.spent:
                poison.bury([job], poison.poisoned(job))
        trusted: dict[Begin, list[ClaimedJob]] = {}
        suspects: dict[Begin, list[ClaimedJob]] = {}
        for job in jobs:
            if not job.spent:
                kind = trusted if job.attempts <= TRUSTED_ATTEMPTS else suspects
                kind.setdefault(wanted[job.id], []).append(job)
        for begin, apart in suspects.items():
            self._host.isolate(self, apart, begin)
        return trusted

    def _begin(self, run_set: RunSet, jobs: Sequence[ClaimedJob], begin: Begin) -> list[StepCall]:
        self._beginning = list(jobs)
        try:
            return self._begin_apart(run_set, jobs, begin)
        finally:
            self._beginning = []

    def _begin_apart(self, run_set: RunSet, jobs: Sequence[ClaimedJob], begin: Begin) -> list[StepCall]:
        """All at once; where that fails one by one, so that a poison job takes no innocent with it."""
        try:
            return begin(run_set, jobs)
        except Exception:
            log.exception("a set of jobs failed", jobs=len(jobs), tenant_id=str(self.tenant_id))
            connection.close_if_unusable_or_obsolete()
        if len(jobs) > 1:
            return [call for job in jobs for call in self._begin_apart(run_set, [job], begin)]
        self._put_back(jobs)
        return []

    def _launch(self, known: Known, calls: Sequence[StepCall]) -> None:
        away = []
        for call in calls:
            connector = CONNECTORS[call.uses]
            made = make_call(call, connector, known.allowed_networks)
            if connector.inline:
                self._results.append(finish_inline(made))
            else:
                away.append(made)
        self.flying += len(calls)
        if away:
            launch(away, self.deliver)

    def _record(self, run_set: RunSet, results: Sequence[StepResult], due: Sequence[uuid.UUID]) -> list[StepCall]:
        by_run: dict[uuid.UUID, list[StepResult]] = {run_id: [] for run_id in due if run_id in run_set.held}
        for result in results:
            run = result.call.run
            if run_set.held.get(run.id) is run:
                by_run.setdefault(run.id, []).append(result)
            else:
                # Also where it has come back to this process: whoever claimed it since makes the call again.
                log.info("run lost to another worker", run_id=str(run.id), trace_id=run.trace_id)
        rounds = [
            made for run_id, group in by_run.items() if (made := self._settle(run_set, run_set.held[run_id], group))
        ]
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
        except Exception:
            log.exception("a run could not be written", run_id=str(made.run.id), trace_id=made.run.trace_id)
            connection.close_if_unusable_or_obsolete()
        self._give_up(run_set, made.run)
        return []

    def _give_up(self, run_set: RunSet, run: RunState) -> None:
        run_set.drop(run)
        self._put_back([run.job])

    def _put_back(self, jobs: Sequence[ClaimedJob]) -> None:
        try:
            poison.put_back(jobs, FAULT)
        except Error:
            # The lease ends by itself, and the relay sends the job out again.
            log.exception("jobs could not be put back", jobs=[str(job.id) for job in jobs])
            connection.close()
