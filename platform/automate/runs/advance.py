"""The runs of one tenant that one worker holds, taken through their rounds: plan in memory, then one commit for all.

Each commit begins at the fence: a run whose lease was lost is dropped with everything that was planned for it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson
import structlog
from django.db import InterfaceError, OperationalError, connection

from automate.budgets import claims as budgets
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import TenantRef
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.claims import ClaimedJob
from automate.outbox.hints import wake_relay
from automate.runs import feed, states, transitions
from automate.runs.rounds import Round, Rounds, StepCall, StepResult
from automate.runs.services import MAX_ATTEMPTS, NewRun, birth_log, insert_runs
from automate.runs.versions import compiled_versions
from automate.runs.work import RunState, StepState, idempotency_key
from automate.workflows.connectors import ConnectorSpec

log = structlog.get_logger(__name__)

TRIED_AGAIN = frozenset({states.RUNNING, states.UNCERTAIN, states.RETRYING})
RECONNECT_SECONDS = 0.2
"""Between tries to write a result while Postgres is away: the call was made, its outcome must not be lost lightly."""


@dataclass(frozen=True)
class Lease:
    """seconds: of a claim. yielding: true when runs are to be handed back instead of starting another step."""

    seconds: float
    yielding: Callable[[], bool]


class RunSet:
    """tenant: the scope that the caller has opened. specs: the connectors by name."""

    def __init__(self, tenant: TenantRef, specs: Mapping[str, ConnectorSpec], lease: Lease) -> None:
        self.tenant = tenant
        self.lease = lease
        self.rounds = Rounds(tenant.id, specs, time.monotonic)
        self.held: dict[uuid.UUID, RunState] = {}

    def jobs(self) -> list[ClaimedJob]:
        """The jobs whose leases the heartbeat has to renew."""
        return [run.job for run in list(self.held.values())]

    def take(self, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
        """Go on with claimed runs. Returns the calls to make. Opens its own transaction."""
        with in_transaction():
            kept = claims.keep(jobs, lease_seconds=self.lease.seconds, progress=False)
            runs = self._load([job for job in jobs if job.id in kept])
            requests = self._requests(runs)
            admission = budgets.admit(self.tenant.id, [r.id for r in runs if r.state == states.QUEUED])
            made = []
            for run in runs:
                this = Round(run)
                refusal = admission.refused.get(run.id)
                if refusal is not None:
                    _refuse(this, refusal)
                else:
                    self._resume(this, requests.get(run.id, {}))
                made.append(this)
            self._write(made, kept=kept)
        return self._after(made, kept)

    def open(self, new_runs: Sequence[NewRun], events: Mapping[uuid.UUID, Mapping[str, object]]) -> list[Round]:
        """Make runs and start them at once, without a trip through the queue; requires the caller's transaction.

        events: as templates see them, by id. Give the rounds to ``opened`` after the commit.
        """
        versions = compiled_versions([run.version.id for run in new_runs])
        admission = budgets.admit(self.tenant.id, [run.run_id for run in new_runs])
        admitted = set(admission.admitted)
        insert_runs(new_runs, running=admitted)
        jobs = [(run.run_id, run.run_id, run.trace_id) for run in new_runs]
        claims.enqueue(
            self.tenant.id, claims.RUN_ADVANCE, jobs, max_attempts=MAX_ATTEMPTS, held_seconds=self.lease.seconds
        )
        made = []
        for new in new_runs:
            run = RunState(
                id=new.run_id,
                origin_id=new.run_id,
                state=states.RUNNING if new.run_id in admitted else states.QUEUED,
                trace_id=new.trace_id,
                version=versions[new.version.id],
                job=ClaimedJob(new.run_id, new.run_id, 1, 1, MAX_ATTEMPTS, new.trace_id),
                event=events[new.event_id],
                seconds_left=new.version.timeout_seconds,
                held_since=time.monotonic(),
                depth=new.depth,
            )
            this = Round(run)
            this.changes.log.extend(birth_log(new, started=run.state == states.RUNNING))
            refusal = admission.refused.get(run.id)
            if refusal is not None:
                _refuse(this, refusal)
            else:
                self.rounds.advance(this, {}, yielding=False)
            made.append(this)
        self._write(made, kept={run.run_id for run in new_runs})
        return made

    def opened(self, made: Sequence[Round]) -> list[StepCall]:
        """The calls of runs that ``open`` started, once that is committed."""
        return self._after(made, {this.run.job.id for this in made})

    def settle(self, run: RunState, results: Sequence[StepResult]) -> Round:
        """Take in how calls of one run ended, and plan what follows. Writes nothing; give the round to ``commit``."""
        made = Round(run)
        for result in results:
            self.rounds.settle(made, result)
        return self.rounds.advance(made, {}, yielding=self.lease.yielding())

    def commit(self, made: Sequence[Round]) -> list[StepCall]:
        """Write the rounds of several runs in one transaction. Returns the next calls.

        While Postgres is away it tries again for as long as a lease lasts. Where it raises, nothing was written,
        and the same rounds may be committed one by one.
        """
        kept = self._commit(made)
        for this in made:
            if this.run.job.id in kept:
                this.run.job = replace(this.run.job, attempts=0)
        return self._after(made, kept)

    def drop(self, run: RunState) -> None:
        """Hold a run no longer: somebody else will deal with its job."""
        self.held.pop(run.id, None)

    def _commit(self, made: Sequence[Round]) -> set[uuid.UUID]:
        deadline = time.monotonic() + self.lease.seconds
        while True:
            xid: int | None = None
            kept: set[uuid.UUID] = set()
            try:
                with in_transaction():
                    kept, xid = self._fence_and_write(made)
            except (OperationalError, InterfaceError) as error:
                log.warning("the database is away; the result is kept and written again", error=str(error))
                if time.monotonic() > deadline:
                    raise
                kept_after = self._reconnect(deadline, xid, kept)
                if kept_after is not None:
                    return kept_after
            else:
                return kept

    def _reconnect(self, deadline: float, xid: int | None, kept: set[uuid.UUID]) -> set[uuid.UUID] | None:
        """Wait for the database. Returns what was kept if the interrupted transaction turns out to be committed."""
        while True:
            connection.close()
            time.sleep(RECONNECT_SECONDS)
            try:
                if xid is not None and transitions.was_committed(xid):
                    return kept
                connection.ensure_connection()
            except (OperationalError, InterfaceError):
                if time.monotonic() > deadline:
                    raise
            else:
                return None

    def _fence_and_write(self, made: Sequence[Round]) -> tuple[set[uuid.UUID], int | None]:
        kept: set[uuid.UUID] = set()
        going = [this.run.job for this in made if not this.final and not this.released]
        if going:
            kept |= claims.keep(going, lease_seconds=self.lease.seconds, progress=True)
        return self._write(made, kept=kept)

    def _write(self, made: Sequence[Round], *, kept: set[uuid.UUID]) -> tuple[set[uuid.UUID], int | None]:
        """kept: runs that passed the fence already; those that end or are released pass it here."""
        ending = [this.run.job for this in made if this.final]
        leaving = [claims.Release(this.run.job, this.wait_seconds, this.parked) for this in made if this.released]
        held = kept - {job.id for job in ending} - {release.job.id for release in leaving}
        if ending:
            held |= claims.finish(ending)
        if leaving:
            held |= claims.release(leaving)
        mine = [this for this in made if this.run.job.id in held]
        xid = transitions.write([this.changes for this in mine])
        reasons = {this.run.id: f"waiting for the budget {this.parked}" for this in mine if this.parked}
        if reasons:
            transitions.set_reasons(reasons)
        ended = [this.run.id for this in mine if this.final]
        if ended and budgets.release(self.tenant.id, ended):
            self._woken = True
        return held, xid

    _woken = False

    def _after(self, made: Sequence[Round], kept: set[uuid.UUID]) -> list[StepCall]:
        """After the commit: forget what is no longer held, tell who listens, and say what to call."""
        calls: list[StepCall] = []
        at_once = self._woken
        self._woken = False
        for this in made:
            if this.run.job.id not in kept:
                log.info("run lost to another worker", run_id=str(this.run.id), trace_id=this.run.trace_id)
            if this.final or this.released or this.run.job.id not in kept:
                self.held.pop(this.run.id, None)
            else:
                self.held[this.run.id] = this.run
                calls.extend(this.calls)
            at_once |= this.released and this.wait_seconds is not None and this.wait_seconds < 1
        if made:
            feed.publish(self.tenant.id)
        if at_once:
            wake_relay()
        return calls

    def _load(self, jobs: Sequence[ClaimedJob]) -> list[RunState]:
        by_run = {job.subject_id: job for job in jobs}
        rows = transitions.load_runs(list(by_run)) if by_run else []
        versions = compiled_versions([row[4] for row in rows])
        now = time.monotonic()
        runs = {
            row[0]: RunState(
                id=row[0],
                origin_id=row[1],
                state=row[2],
                trace_id=row[3],
                version=versions[row[4]],
                job=by_run[row[0]],
                event=transitions.event_of(row).seen_by_templates(),
                seconds_left=None if row[5] is None else float(row[5]),
                held_since=now,
                depth=row[6],
            )
            for row in rows
        }
        # A run that takes another one's place is queued with the steps that were done there.
        started = [run.id for run in runs.values() if run.state != states.QUEUED or run.origin_id != run.id]
        for run_id, step_id, key, attempt, state, output, error, wait in (
            transitions.load_steps(started) if started else []
        ):
            runs[run_id].steps[key] = StepState(
                id=step_id,
                key=key,
                attempt=attempt,
                state=state,
                output=None if output is None else orjson.loads(output),
                error=None if error is None else orjson.loads(error),
                retry_in_seconds=float(wait),
            )
        return list(runs.values())

    def _requests(self, runs: Sequence[RunState]) -> dict[uuid.UUID, dict[str, object]]:
        """The recorded requests of steps that are tried again, here or for an earlier run, by run and step key."""
        wanted = {
            idempotency_key(self.tenant.id, run.origin_id, key): (run.id, key)
            for run in runs
            for key in _tried_again(run)
        }
        found: dict[uuid.UUID, dict[str, object]] = {}
        if wanted:
            for key, request in transitions.load_requests(list(wanted)).items():
                run_id, step_key = wanted[key]
                found.setdefault(run_id, {})[step_key] = orjson.loads(request)
        return found

    def _resume(self, this: Round, requests: Mapping[str, object]) -> None:
        run = this.run
        if run.state in states.RUN_FINAL:
            # Nothing is left to do; the job ends with its run.
            this.final = True
            return
        if run.state == states.QUEUED:
            run.seconds_left, run.held_since = run.version.definition.timeout_seconds, time.monotonic()
            this.move_run(states.RUNNING)
        for step in list(run.steps.values()):
            if step.state in {states.RUNNING, states.UNCERTAIN}:
                self.rounds.resume(this, step, requests[step.key])
        self.rounds.advance(this, requests, yielding=False)


def _tried_again(run: RunState) -> list[str]:
    again = [key for key, step in run.steps.items() if step.state in TRIED_AGAIN]
    if run.origin_id != run.id:
        again.extend(key for key in run.version.steps if key not in run.steps)
    return again


def _refuse(this: Round, refusal: budgets.Refusal) -> None:
    if refusal.rejects:
        error = NormalizedError(
            "BUDGET_EXCEEDED",
            f"The tenant's budget of {refusal.metric} is used up, and its action is to reject. "
            "Raise the budget, or let it throttle.",
            details={"metric": refusal.metric},
        )
        this.move_run(states.FAILED, f"budget {refusal.metric} is used up", error.as_json())
    else:
        this.release(refusal.after_seconds, refusal.metric)
