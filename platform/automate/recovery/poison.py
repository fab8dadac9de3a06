"""Handles jobs that a worker could not process."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.transactions import in_transaction, require_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob, JobSubject
from automate.outbox.queries import jobs_by_id
from automate.outbox.registry import by_topic
from automate.outbox.states import DEAD
from automate.outbox.wakeups import wake_relay
from automate.recovery.plans import RetryRequest, RunPlan, make_plans
from automate.recovery.queries import lines_of
from automate.recovery.retrying import Repeat, take_over
from automate.recovery.transitions import lock_lines
from automate.runs.concurrency import slots


def put_back(jobs: Sequence[ClaimedJob], error: NormalizedError) -> None:
    """Put jobs back into the queue after a fault in the worker. A job that has no attempts left becomes dead."""
    dead_letter([job for job in jobs if job.attempts >= job.max_attempts], error)
    again = [job for job in jobs if job.attempts < job.max_attempts]
    if again:
        claims.retry(again, claims.last_error(error.as_json()))


def dead_letter(jobs: Sequence[ClaimedJob], error: NormalizedError) -> set[uuid.UUID]:
    """Mark jobs as dead. Fail the subject of each job, such as a run, with ``error``. Returns the ids of the dead jobs."""
    if not jobs:
        return set()
    with in_transaction():
        # Before the rows of the jobs, as the engine does; rows that are no runs have no slots.
        slots.lock_of([job.subject_id for job in jobs], wait=True)
        dead = claims.dead_letter(jobs, error)
        for topic, subject_ids in by_topic(dead):
            topic.fail(subject_ids, error)
    return {job.id for job in dead}


@dataclass(frozen=True)
class Redriven:
    """The outcome of redriving dead jobs."""

    jobs: list[uuid.UUID]
    """Jobs that were dead, and are open again."""
    errors: list[NormalizedError]
    """Errors of jobs that stay dead, each with its position in the request."""
    runs: Mapping[uuid.UUID, uuid.UUID]
    """The new run of each job that got one."""
    unknown: list[int]
    """Positions of ids that are not a job of this tenant."""


def redrive(job_ids: Sequence[uuid.UUID], *, repeat_effects: bool = False) -> Redriven:
    """Let dead jobs run again. Each job is sent to a worker alone. Jobs that are not dead are ignored.

    - The job of an event matches the event again.
    - The job of a bulk operation continues the operation.
    - The job of a backtest continues the backtest.
    - The job of a run creates a retry of the failed run.
    """
    with in_transaction():
        redriven = revive(job_ids, repeat_effects=repeat_effects)
    wake_relay()
    return redriven


def revive(job_ids: Sequence[uuid.UUID], *, repeat_effects: bool = False) -> Redriven:
    # The number of statements does not depend on the jobs.
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
        changes: dict[str, tuple[object, object]] = {"state": ("dead", "pending")}
        if job.subject_id in by_run:
            effects = [effect.step for effect in by_run[job.subject_id].effects]
            changes |= {"repeatEffects": (None, repeat_effects), "effects": (None, effects)}
        entries.append(audit.entry("job.redrive", "outbox_job", job.id, job.topic, changes))
    audit.record_all(entries)
    return Redriven([job.id for job in revived], errors, runs, unknown)


def _plans(
    named: Sequence[tuple[int, uuid.UUID]], *, repeat_effects: bool
) -> tuple[dict[int, RunPlan], list[NormalizedError]]:
    # Returns the plans by the position of the job, and the errors of jobs whose run cannot be retried.
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
    # Returns the new run of each job.
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
        f"Workers ended {job.max_attempts} times in a row while they processed this job, so it is dead. "
        "Find out why they ended, for example for lack of memory. Then redrive the job.",
        details={"attempts": job.max_attempts},
    )
