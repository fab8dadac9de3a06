"""Stores the results of connector calls in PostgreSQL. A tenant queue uses this module."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import structlog
from django.db import Error, connection

from actors.endpoints import note_gone
from actors.holding import HeldJobs
from automate.kernel.errors import NormalizedError
from automate.kernel.metrics import LEASE_LOSSES
from automate.kernel.outages import QUERY_CANCELED, sqlstate
from automate.outbox.jobs import ClaimedJob
from automate.recovery import poison
from automate.runs.advance import Advance
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall, StepResult
from automate.runs.work import HeldRun

log = structlog.get_logger(__name__)
FAULT = NormalizedError(
    "INTERNAL",
    "The worker failed on this job with an unexpected exception. To see the exception, search the worker's log for the "
    "trace id.",
)
TOO_LONG = NormalizedError(
    "UNAVAILABLE",
    "PostgreSQL ended a statement of this job. The statement took longer than the `statement_timeout` of the application. "
    "The results of the job's calls were not written. Check which sessions hold locks or keep PostgreSQL busy.",
)


class RecordingHolding(HeldJobs):
    """Holds one tenant's jobs in this process. When a call of a job ends, writes the result to PostgreSQL."""

    def _record(self, run_set: RunSet, results: Sequence[StepResult], due: Sequence[uuid.UUID]) -> list[StepCall]:
        note_gone(results)
        by_run: dict[uuid.UUID, list[StepResult]] = {run_id: [] for run_id in due if run_id in run_set.held}
        for result in results:
            run = result.call.run
            if run_set.held.get(run.id) is run:
                by_run.setdefault(run.id, []).append(result)
            else:
                # Also if it has returned to this process: the latest claim makes the call again.
                LEASE_LOSSES.inc()
                log.info("run lost to another worker", run_id=str(run.id), trace_id=run.trace_id)
        calls: list[StepCall] = []
        rounds: list[Advance] = []
        for run_id, group in by_run.items():
            if run_set.memory.full and rounds:
                calls += self._commit(run_set, rounds)
                rounds = []
            if made := self._settle(run_set, run_set.held[run_id], group):
                rounds.append(made)
        return calls + self._commit(run_set, rounds)

    def _commit(self, run_set: RunSet, rounds: Sequence[Advance]) -> list[StepCall]:
        # In one transaction. If that fails, each run in a separate transaction.
        if not rounds:
            return []
        try:
            return run_set.commit(rounds)
        except Exception:
            log.exception("a set of results failed", runs=len(rounds), tenant_id=str(self.tenant_id))
            connection.close_if_unusable_or_obsolete()
        return [call for made in rounds for call in self._commit_alone(run_set, made)]

    def _settle(self, run_set: RunSet, run: HeldRun, results: Sequence[StepResult]) -> Advance | None:
        try:
            return run_set.settle(run, results)
        except Exception:
            log.exception("a run could not be planned", run_id=str(run.id), trace_id=run.trace_id)
        self._give_up(run_set, run)
        return None

    def _commit_alone(self, run_set: RunSet, made: Advance) -> list[StepCall]:
        try:
            return run_set.commit([made])
        except Exception as error:
            log.exception("a run could not be written", run_id=str(made.run.id), trace_id=made.run.trace_id)
            connection.close_if_unusable_or_obsolete()
            self._give_up(run_set, made.run, TOO_LONG if sqlstate(error) == QUERY_CANCELED else FAULT)
        return []

    def _give_up(self, run_set: RunSet, run: HeldRun, fault: NormalizedError = FAULT) -> None:
        run_set.drop(run)
        self._put_back([run.job], fault)

    def _put_back(self, jobs: Sequence[ClaimedJob], fault: NormalizedError = FAULT) -> None:
        try:
            poison.put_back(jobs, fault)
        except Error:
            # The lease expires, and the relay sends the job again.
            log.exception("jobs could not be put back", jobs=[str(job.id) for job in jobs])
            connection.close()
