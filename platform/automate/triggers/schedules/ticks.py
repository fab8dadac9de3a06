"""Turns the due ticks of schedules into events. The same transaction plans the next ticks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.events.bodies import event_body
from automate.events.models import SCHEDULES_SOURCE
from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import new_trace
from automate.kernel.transactions import after_commit, in_transaction, require_transaction
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.outbox.settling import settle
from automate.outbox.transitions import LaterJob, put_off
from automate.outbox.wakeups import wake_relay
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall
from automate.triggers.schedules import transitions
from automate.triggers.schedules.crontab import zone_of
from automate.triggers.schedules.deciding import TickDecision, add_missed, decide, due_at
from automate.triggers.schedules.rows import NewTick, ScheduleRow
from automate.triggers.schedules.words import ALLOW, MADE

SCHEDULE_TICK = "schedule.tick"
"""The topic of jobs that make ticks."""

MAX_ATTEMPTS = 5
"""The attempts of a tick before its job is dead. ``redriveJobs`` starts the job again."""
SETS_PER_PRUNING = 32
"""On average, one in this many sets of ticks also removes the oldest ticks of its schedules, if there are too
many."""


@dataclass(frozen=True)
class _Due:
    job: ClaimedJob
    row: ScheduleRow
    decision: TickDecision


def tick_schedules(_run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    # The list of calls is always empty.
    with in_transaction():
        now, source_id, rows = transitions.lock(sorted({job.subject_id for job in jobs}))
        due = _decide(jobs, rows, now) if now is not None else []
        waits = [(one.job, one.decision.wait_seconds) for one in due if one.decision.wait_seconds is not None]
        held = settle(jobs, [claims.JobRelease(job, after_seconds=seconds) for job, seconds in waits])
        mine = [one for one in due if one.job.id in held]
        if mine:
            _write(mine, source_id)
        after_commit(wake_relay)
    return []


def _decide(jobs: Sequence[ClaimedJob], rows: Mapping[uuid.UUID, ScheduleRow], now: datetime) -> list[_Due]:
    mine = [(job, row) for job in jobs if (row := rows.get(job.subject_id)) is not None and row.job_id == job.id]
    careful = [row.id for _, row in mine if row.overlap != ALLOW]
    busy = transitions.busy(careful) if careful else set()
    return [_Due(job, row, decide(row, now, busy=row.id in busy)) for job, row in mine]


def _write(due: Sequence[_Due], source_id: uuid.UUID | None) -> None:
    if source_id is None:
        raise NormalizedError(
            "INTERNAL",
            f"The built-in source {SCHEDULES_SOURCE} of this tenant's schema is missing. Run `automate migrate`.",
        )
    made = [one for one in due if one.decision.made is not None]
    events: list[NewEvent] = [_event(one, source_id) for one in made]
    taken = record_events(events, audited=False) if events else []
    event_ids = {one.row.id: ingested.event_id for one, ingested in zip(made, taken, strict=True)}
    if ticks := [row for one in due if (row := _tick(one, event_ids.get(one.row.id))) is not None]:
        transitions.insert_ticks(ticks)
    moved = [one for one in due if one.decision.wait_seconds is None or one.decision.passed]
    plan_next([_moved_on(one) for one in moved])
    if due[0].job.id.int % SETS_PER_PRUNING == 0:
        transitions.prune([one.row.id for one in due], 2 * SETS_PER_PRUNING)


def _event(one: _Due, source_id: uuid.UUID) -> NewEvent:
    at = one.decision.made
    assert at is not None  # noqa: S101 - for the type alone
    return tick_event(
        one.row,
        source_id,
        at,
        missed=add_missed(one.row.missed, one.decision.passed),
        key=f"{one.row.id}:{at.isoformat()}",
        trace_id=one.job.trace_id,
    )


def tick_event(
    row: ScheduleRow,
    source_id: uuid.UUID,
    at: datetime,
    *,
    missed: JsonObject,
    key: str,
    trace_id: str,
    by_hand: bool = False,
) -> NewEvent:
    payload: JsonObject = {
        "schedule": row.slug,
        "planned_at": at.isoformat(),
        "local": at.astimezone(zone_of(row.plan.timezone)).isoformat(),
        "timezone": row.plan.timezone,
        "by_hand": by_hand,
        "missed_count": missed.get("count", 0),
        "missed": missed.get("ticks", []),
        "data": row.data,
    }
    return NewEvent(
        source_id=source_id,
        type=row.event_type,
        subject=row.slug,
        body=event_body(payload),
        trace_id=trace_id,
        idempotency_key=key,
        occurred_at=at,
    )


def _tick(one: _Due, event_id: uuid.UUID | None) -> NewTick | None:
    # None if no tick was made or missed.
    made, passed = one.decision.made, one.decision.passed
    if made is not None:
        return new_tick(one.row.id, made, MADE, event_id=event_id, missed=len(passed))
    return new_tick(one.row.id, passed[-1].at, one.decision.outcome, missed=len(passed) - 1) if passed else None


def new_tick(
    schedule_id: uuid.UUID,
    at: datetime,
    outcome: str,
    *,
    event_id: uuid.UUID | None = None,
    missed: int = 0,
    by_hand: bool = False,
) -> NewTick:
    return NewTick(event_id or new_id(), schedule_id, at, outcome, by_hand, missed, event_id)


@dataclass(frozen=True)
class NextTick:
    """The state of a schedule after a decision about the schedule's due ticks."""

    row: ScheduleRow
    at: datetime | None
    """The next planned tick."""
    missed: JsonValue
    job_id: uuid.UUID | None = None
    """The job that exists already. None to create a new job."""


def _moved_on(one: _Due) -> NextTick:
    missed = {} if one.decision.made is not None else add_missed(one.row.missed, one.decision.passed)
    return NextTick(
        one.row, one.decision.next_at, missed, one.job.id if one.decision.wait_seconds is not None else None
    )


def plan_next(nexts: Sequence[NextTick]) -> None:
    # Requires the transaction that locked the schedules.
    require_transaction()
    if not nexts:
        return
    jobs: dict[uuid.UUID, LaterJob] = {
        one.row.id: LaterJob(new_id(), one.row.id, new_trace().trace_id, due_at(one.row, one.at))
        for one in nexts
        if one.at is not None and one.job_id is None
    }
    transitions.move_on(
        [
            {
                "id": one.row.id,
                "planned_at": one.at,
                "job_id": one.job_id or (jobs[one.row.id].id if one.row.id in jobs else None),
                "missed": one.missed,
            }
            for one in nexts
        ]
    )
    if jobs:
        put_off(current_tenant().id, SCHEDULE_TICK, list(jobs.values()), max_attempts=MAX_ATTEMPTS)
    after_commit(wake_relay)
