"""What becomes of jobs that their worker could not do."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.audit import services as audit
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.transactions import in_transaction, require_transaction
from automate.outbox import claims
from automate.outbox.hints import wake_relay
from automate.outbox.jobs import ClaimedJob, JobSubject
from automate.outbox.queries import jobs_by_id
from automate.outbox.registry import by_topic
from automate.outbox.states import DEAD
from automate.recovery.plans import RetryRequest, RunPlan, make_plans
from automate.recovery.queries import lines_of
from automate.recovery.retrying import Repeat, take_over
from automate.recovery.transitions import lock_lines
from automate.runs.concurrency import slots


def put_back(jobs: Sequence[ClaimedJob], error: NormalizedError) -> None:
    """After a fault in the worker: try again later and alone, or give up where the attempts are spent."""
    bury([job for job in jobs if job.attempts >= job.max_attempts], error)
    again = [job for job in jobs if job.attempts < job.max_attempts]
    if again:
        claims.retry(again, claims.last_error(error.as_json()))


def bury(jobs: Sequence[ClaimedJob], error: NormalizedError) -> set[uuid.UUID]:
    """Mark jobs as dead, and end their subjects in the same transaction. A dead job can be redriven. Returns which died."""
    if not jobs:
        return set()
    with in_transaction():
        # Before the rows of the jobs, as the engine does; rows that are no runs have no slots.
        slots.lock_of([job.subject_id for job in jobs], wait=True)
        dead = claims.bury(jobs, error)
        for topic, subject_ids in by_topic(dead):
            topic.fail(subject_ids, error)
    return {job.id for job in dead}


@dataclass(frozen=True)
class Redriven:
    """jobs: those that were dead and are no more. errors: why others stay dead, each with its place among those named.
    runs: the new one of each job that took one. unknown: the places of those that are no job of this tenant.
    """

    jobs: list[uuid.UUID]
    errors: list[NormalizedError]
    runs: Mapping[uuid.UUID, uuid.UUID]
    unknown: list[int]


def redrive(job_ids: Sequence[uuid.UUID], *, repeat_effects: bool = False) -> Redriven:
    """Give dead jobs another chance, each alone. What is not dead is left alone.

    An event is matched anew, a bulk operation or a backtest goes on. A run never leaves its final state: its job takes a new run of the
    same version and event instead, which keeps what succeeded and inherits the Idempotency-Keys; it is a retry from the
    failed step, and is refused where that would be, such as where effects may happen twice unnoticed and repeat_effects
    does not say so.
    """
    with in_transaction():
        redriven = revive(job_ids, repeat_effects=repeat_effects)
    wake_relay()
    return redriven


def revive(job_ids: Sequence[uuid.UUID], *, repeat_effects: bool = False) -> Redriven:
    """``redrive`` in the caller's transaction; the number of statements does not depend on the jobs."""
    require_transaction()
    known = jobs_by_id(job_ids)
    unknown = [place for place, job_id in enumerate(job_ids) if job_id not in known]
    found = {job.id: job for job in known.values() if job.state == DEAD}
    dead = {job_ids.index(job_id): found[job_id] for job_id in dict.fromkeys(job_ids) if job_id in found}
    named = [(place, job.subject_id) for place, job in dead.items() if job.topic == claims.RUN_ADVANCE]
    plans, errors = _plans(named, repeat_effects=repeat_effects)
    revived = claims.redrive(
        [job.id for place, job in dead.items() if job.topic != claims.RUN_ADVANCE or place in plans]
    )
    by_run = {plan.source.id: plan for plan in plans.values()}
    dead_runs = [job for job in revived if job.topic == claims.RUN_ADVANCE]
    runs = _take_over(dead_runs, by_run, repeat_effects=repeat_effects) if dead_runs else {}
    for topic, subject_ids in by_topic(revived):
        topic.reopen(subject_ids)
    entries = []
    for job in revived:
        changes: dict[str, Json] = {"state": ("dead", "pending")}
        if job.subject_id in by_run:
            effects = [effect.step for effect in by_run[job.subject_id].effects]
            changes |= {"repeatEffects": (None, repeat_effects), "effects": (None, effects)}
        entries.append(audit.entry("job.redrive", "outbox_job", job.id, job.topic, changes))
    audit.record_all(entries)
    return Redriven([job.id for job in revived], errors, runs, unknown)


def _plans(
    named: Sequence[tuple[int, uuid.UUID]], *, repeat_effects: bool
) -> tuple[dict[int, RunPlan], list[NormalizedError]]:
    """How the runs of dead jobs would be retried, by the places of their jobs; and why others would not."""
    if not named:
        return {}, []
    lock_lines(list(lines_of([run_id for _, run_id in named]).values()))
    plans = make_plans(named, RetryRequest(repeat_effects=repeat_effects))
    errors = [
        NormalizedError(error.code, error.message, details=error.details, path=["jobs", *error.path[1:]])
        for error in plans.errors
    ]
    return {plan.place: plan for plan in plans.runs if plan.consent is None}, errors


def _take_over(
    jobs: Sequence[JobSubject], plans: Mapping[uuid.UUID, RunPlan], *, repeat_effects: bool
) -> dict[uuid.UUID, uuid.UUID]:
    """Let revived jobs take new runs in the place of those that died with them. Returns the new run of each job."""
    repeats = []
    for job in jobs:
        plan = plans[job.subject_id]
        repeats.append(
            Repeat(
                old_id=plan.source.id,
                new_id=new_id(),
                workflow_id=plan.source.workflow_id,
                version=plan.version,
                event_id=plan.source.event_id,
                origin_id=new_id() if repeat_effects else plan.source.origin_id,
                kept=plan.kept,
                reason=f"redrive of run {plan.source.id}",
                job_id=job.id,
            )
        )
    take_over(repeats)
    taken = {repeat.job_id: repeat.new_id for repeat in repeats if repeat.job_id is not None}
    claims.point_at(taken)
    return taken


def poisoned(job: ClaimedJob) -> NormalizedError:
    return NormalizedError(
        "POISON_JOB",
        f"The job lost its worker {job.max_attempts} times in a row and was given up. "
        "Look for what ends the worker, such as memory, then redrive it.",
        details={"attempts": job.max_attempts},
    )
