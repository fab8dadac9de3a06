"""One message's jobs: claimed together, run concurrently, written in sets. This is the edge where faults end.

A set that cannot be written is written one by one, so that a poison job takes no innocent with it.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence

import structlog
from django.conf import settings
from django.db import Error, connection

from actors.calls import finish_inline, launch, make_call
from actors.connectors.registry import CONNECTORS, specs
from actors.heartbeat import Heartbeat
from actors.quarantine import Quarantine, is_suspect
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.outbox.claims import ClaimedJob
from automate.outbox.hints import wake_relay
from automate.runs import poison
from automate.runs.advance import Lease, RunSet
from automate.runs.rounds import Round, StepCall, StepResult
from automate.runs.work import RunState
from tenants.directory import tenant_by_id
from tenants.queries import Known

log = structlog.get_logger(__name__)

QUANTUM_SECONDS = 0.05
"""For how long a message may go on starting steps before its runs go back through the queue, behind other tenants."""

FAULT = NormalizedError("INTERNAL", "The worker failed on this job; its log has the trace id.")

stopping = threading.Event()
"""Set when the process is to end: no further step starts, and runs go back to the queue."""

heartbeat = Heartbeat(every_seconds=settings.HEARTBEAT_SECONDS, lease_seconds=settings.LEASE_SECONDS)

quarantine = Quarantine()

Begin = Callable[[RunSet, Sequence[ClaimedJob]], list[StepCall]]


def execute(tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], begin: Begin) -> None:
    """Claim the jobs of a message and take them as far as they go. begin: what their topic does first."""
    connection.close_if_unusable_or_obsolete()
    known = tenant_by_id(tenant_id)
    with acting_for(known.ref):
        with quarantine.together():
            jobs = claims.claim(tenant_id, job_ids, lease_seconds=settings.LEASE_SECONDS)
            wake_relay()
            for job in jobs:
                if job.spent:
                    poison.bury([job], poison.poisoned(job))
            trusted = [job for job in jobs if not is_suspect(job)]
            if trusted:
                _Execution(known).run(trusted, begin)
        for suspect in [job for job in jobs if is_suspect(job) and not job.spent]:
            with heartbeat.holding(lambda held=suspect: [held]), quarantine.alone():  # type: ignore[misc]
                _Execution(known).run([suspect], begin)


class _Execution:
    def __init__(self, known: Known) -> None:
        self.known = known
        self.results: queue.SimpleQueue[StepResult] = queue.SimpleQueue()
        self.flying = 0
        until = time.monotonic() + QUANTUM_SECONDS
        lease = Lease(settings.LEASE_SECONDS, lambda: stopping.is_set() or time.monotonic() > until)
        self.run_set = RunSet(known.ref, specs(), lease)
        self.claimed: list[ClaimedJob] = []

    def run(self, jobs: Sequence[ClaimedJob], begin: Begin) -> None:
        self.claimed = list(jobs)
        with heartbeat.holding(lambda: [*self.claimed, *self.run_set.jobs()]):
            calls = self._begin(jobs, begin)
            self.claimed = []
            while True:
                for call in calls:
                    self._launch(call)
                if not self.flying:
                    return
                calls = self._record(self._arrived())

    def _begin(self, jobs: Sequence[ClaimedJob], begin: Begin) -> list[StepCall]:
        try:
            return begin(self.run_set, jobs)
        except Exception:
            log.exception("a set of jobs failed", jobs=len(jobs), tenant=self.known.ref.slug)
            connection.close_if_unusable_or_obsolete()
        if len(jobs) > 1:
            return [call for job in jobs for call in self._begin([job], begin)]
        self._put_back(jobs)
        return []

    def _launch(self, call: StepCall) -> None:
        connector = CONNECTORS[call.uses]
        self.flying += 1
        made = make_call(call, connector, self.known.allowed_networks)
        if connector.inline:
            self.results.put(finish_inline(made))
        else:
            launch(made, self.results.put)

    def _arrived(self) -> list[StepResult]:
        """Wait for one result, and take those that have come meanwhile."""
        results = [self.results.get()]
        while not self.results.empty():
            results.append(self.results.get())
        self.flying -= len(results)
        return results

    def _record(self, results: Sequence[StepResult]) -> list[StepCall]:
        by_run: dict[uuid.UUID, list[StepResult]] = {}
        for result in results:
            if result.call.run.id in self.run_set.held:
                by_run.setdefault(result.call.run.id, []).append(result)
        rounds = [made for group in by_run.values() if (made := self._settle(group[0].call.run, group))]
        try:
            return self.run_set.commit(rounds)
        except Exception:
            log.exception("a set of results failed", runs=len(rounds), tenant=self.known.ref.slug)
            connection.close_if_unusable_or_obsolete()
        return [call for made in rounds for call in self._commit_alone(made)]

    def _settle(self, run: RunState, results: Sequence[StepResult]) -> Round | None:
        try:
            return self.run_set.settle(run, results)
        except Exception:
            log.exception("a run could not be planned", run_id=str(run.id), trace_id=run.trace_id)
        self._give_up(run)
        return None

    def _commit_alone(self, made: Round) -> list[StepCall]:
        try:
            return self.run_set.commit([made])
        except Exception:
            log.exception("a run could not be written", run_id=str(made.run.id), trace_id=made.run.trace_id)
            connection.close_if_unusable_or_obsolete()
        self._give_up(made.run)
        return []

    def _give_up(self, run: RunState) -> None:
        self.run_set.drop(run)
        self._put_back([run.job])

    def _put_back(self, jobs: Sequence[ClaimedJob]) -> None:
        try:
            poison.put_back(jobs, FAULT)
        except Error:
            # The lease ends by itself, and the relay sends the job out again.
            log.exception("jobs could not be put back", jobs=[str(job.id) for job in jobs])
            connection.close()
