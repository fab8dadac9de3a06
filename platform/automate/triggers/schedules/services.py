"""Saves, pauses, resumes and deletes schedules, and makes ticks by hand."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from automate.audit import services as audit
from automate.events.models import SCHEDULES_SOURCE
from automate.events.queries import source_id_of
from automate.events.services import record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem, no_such
from automate.kernel.queries import database_now
from automate.kernel.revisions import DELETE_IT, check_revision, write_revision
from automate.kernel.strict_json import check_value
from automate.kernel.text import check_event_type, check_slug, check_text
from automate.kernel.trace import current_trace
from automate.kernel.written import rewritten, text_of
from automate.outbox import transitions as jobs
from automate.recovery.once import OperationResult, once, transacted
from automate.triggers.schedules import transitions
from automate.triggers.schedules.deciding import CHANGED, PAUSED, add_missed, given_up
from automate.triggers.schedules.models import Schedule
from automate.triggers.schedules.plan import INTERVAL, PlannedTick, TickPlan, check_plan, next_ticks
from automate.triggers.schedules.queries import schedules_by_id
from automate.triggers.schedules.rows import ScheduleRow
from automate.triggers.schedules.ticks import NextTick, new_tick, plan_next, tick_event
from automate.triggers.schedules.words import (
    ALLOW,
    CATCH_UP_SECONDS,
    CATCH_UPS,
    COLLAPSE,
    MADE,
    MISSED,
    OVERLAPS,
    TICK_TYPE,
)

LEAST_CATCH_UP_SECONDS = 60
AUDITED = (
    "name",
    "kind",
    "expression",
    "timezone",
    "every_seconds",
    "at",
    "starts_at",
    "ends_at",
    "event_type",
    "data",
    "overlap",
    "catch_up",
    "catch_up_seconds",
    "jitter_seconds",
)


@dataclass(frozen=True)
class NewSchedule:
    """The values of a schedule that a client saves."""

    slug: str
    name: str
    plan: TickPlan
    event_type: str = TICK_TYPE
    data: JsonValue = None
    """The value of ``data`` in the payload of each event."""
    overlap: str = ALLOW
    catch_up: str = COLLAPSE
    catch_up_seconds: int = CATCH_UP_SECONDS
    jitter_seconds: int = 0


@dataclass(frozen=True)
class CheckedSchedule:
    """The result of checking a plan."""

    sentence: str
    ticks: Sequence[PlannedTick]
    problems: Sequence[Problem]


def preview(plan: TickPlan, jitter_seconds: int, count: int) -> CheckedSchedule:
    """Check a plan without saving it.

    If the plan has problems, the result has only these problems. Otherwise the result has the plan's description and
    the next ticks.
    """
    now = database_now()
    anchored = _anchored(plan, None, now)
    problems = check_plan(anchored, jitter_seconds, now)
    if problems:
        return CheckedSchedule("", (), problems)
    return CheckedSchedule(anchored.sentence, next_ticks(anchored, now, count), ())


def save_schedule(new: NewSchedule, *, expected_revision: int | None) -> uuid.UUID:
    """Create or change a schedule, and return its id. A changed plan takes effect at once.

    ``expected_revision=None`` skips the check of the revision.

    Raises NormalizedError:
    - INVALID_SCHEDULE with ``details.problems`` for the plan
    - BAD_USER_INPUT or PAYLOAD_TOO_LARGE for another field
    - CONFLICT if the revision is not ``expected_revision``
    - LIMIT_EXCEEDED if the tenant has too many schedules
    """
    _check_fields(new)
    return transacted(lambda: _save(new, expected_revision))


def _save(new: NewSchedule, expected_revision: int | None) -> uuid.UUID:
    found = _locked(new.slug)
    check_revision(found, expected_revision)
    now = database_now()
    plan = _anchored(new.plan, found.plan if found else None, now)
    replanned = found is None or found.plan != plan or found.jitter_seconds != new.jitter_seconds
    if replanned:
        _check_plan(plan, new.jitter_seconds, now)
    values = _values(new, plan)
    # Data by its spelling, too, for 1 == True and for the order of keys.
    reordered = rewritten(found.data, None, new.data) if found else {}
    if found is not None and _values_of(found) == values and not reordered:
        return found.id
    if found is None:
        _check_count()
    schedule_id = found.id if found else new_id()
    write_revision(Schedule, found, schedule_id, new.slug, {**values, "written": text_of(new.data)})
    changes = audit.differences(_plain(_values_of(found)) if found else {}, _plain(values)) or reordered
    audit.record("schedule.update" if found else "schedule.create", "schedule", schedule_id, new.slug, changes)
    if replanned and (found is None or found.paused_at is None):
        _plan_again(schedule_id, found, now, CHANGED)
    return schedule_id


def pause_schedule(slug: str, note: str) -> uuid.UUID:
    """Pause a schedule, and return the id of the schedule. Ticks that are due during the pause are never made.

    If ``note`` is empty, the note of an earlier pause stays.

    Raises NOT_FOUND.
    """
    check_text(note, path=["note"], least=0, most=LIMITS.text_characters)

    def act(row: ScheduleRow, now: datetime) -> None:
        if row.paused_at is None:
            _stop(row, now, PAUSED)
            Schedule.objects.filter(id=row.id).update(paused_at=now, paused_note=note)
            changes = {"paused": (False, True), "note": (None, note)}
            audit.record("schedule.pause", "schedule", row.id, row.slug, changes)
        elif note not in ("", row.paused_note):
            Schedule.objects.filter(id=row.id).update(paused_note=note)
            audit.record("schedule.pause", "schedule", row.id, row.slug, {"note": (row.paused_note, note)})

    return _change(slug, act)


def resume_schedule(slug: str) -> uuid.UUID:
    """Resume a schedule from its next planned tick, and return its id. Idempotent. Raises NOT_FOUND."""

    def act(row: ScheduleRow, now: datetime) -> None:
        if row.paused_at is not None:
            Schedule.objects.filter(id=row.id).update(paused_at=None, paused_note="")
            plan_next([NextTick(row, row.plan.first_after(now), row.missed)])
            audit.record("schedule.resume", "schedule", row.id, row.slug, {"paused": (True, False)})

    return _change(slug, act)


def delete_schedule(slug: str, *, expected_revision: int | None) -> uuid.UUID:
    """Delete a schedule and its ticks, and return its id. The events of its ticks are kept.

    ``expected_revision=None`` skips the check of the revision.

    Raises NOT_FOUND for an unknown schedule. Raises CONFLICT if the revision is not ``expected_revision``.
    """

    def act(row: ScheduleRow, _now: datetime) -> None:
        check_revision(row, expected_revision, DELETE_IT)
        _cancel_job(row)
        transitions.forget(row.id)
        Schedule.objects.filter(id=row.id).delete()
        before = {name: (value, None) for name, value in _plain(_values_of(row)).items()}
        audit.record("schedule.delete", "schedule", row.id, slug, before)

    return _change(slug, act)


def run_schedule_now(slug: str, *, idempotency_key: str | None) -> tuple[uuid.UUID, uuid.UUID]:
    """Make a tick of a schedule immediately. Returns the ids of the schedule and the event.

    The plan of the schedule does not change. The function also works if the schedule is paused. If ``idempotency_key`` was used
    before, returns the first event. Raises NOT_FOUND for an unknown schedule.
    """
    check_text(slug, path=["schedule"], most=LIMITS.text_characters)

    def act() -> OperationResult:
        row = _named(slug)
        now = database_now()
        event_id = new_id()
        event = replace(
            tick_event(
                row,
                source_id_of(SCHEDULES_SOURCE),
                now,
                missed={},
                key=f"{row.id}:{event_id}",
                trace_id=current_trace().trace_id,
                by_hand=True,
            ),
            id=event_id,
        )
        record_events([event], audited=False)
        transitions.insert_ticks([new_tick(row.id, now, MADE, event_id=event_id, by_hand=True)])
        audit.record("schedule.run", "schedule", row.id, slug, {"event": (None, str(event_id))})
        return OperationResult([row.id, event_id])

    schedule_id, event_id = once("runScheduleNow", idempotency_key, {"schedule": slug}, act).run_ids
    return schedule_id, event_id


def _change(slug: str, act: Callable[[ScheduleRow, datetime], None]) -> uuid.UUID:
    check_text(slug, path=["schedule"], most=LIMITS.text_characters)

    def change() -> uuid.UUID:
        row = _named(slug)
        act(row, database_now())
        return row.id

    return transacted(change)


def _named(slug: str) -> ScheduleRow:
    row = _locked(slug)
    if row is None:
        raise no_such("schedule", "slug", "schedules", "schedule")
    return row


def _locked(slug: str) -> ScheduleRow | None:
    # Ticks wait for this lock.
    found = Schedule.objects.select_for_update(no_key=True).filter(slug=slug).values_list("id", flat=True).first()
    return schedules_by_id([found])[found] if found is not None else None


def _plan_again(schedule_id: uuid.UUID, before: ScheduleRow | None, now: datetime, reason: str) -> None:
    missed = _stop(before, now, reason) if before is not None else {}
    row = schedules_by_id([schedule_id])[schedule_id]
    plan_next([NextTick(row, row.plan.first_after(now), missed)])


def _stop(row: ScheduleRow, now: datetime, reason: str) -> JsonValue:
    # Returns the missed ticks, including those that are due now.
    _cancel_job(row)
    passed, count = given_up(row, now, reason)
    missed = add_missed(row.missed, passed, count) if passed else row.missed
    if passed:
        transitions.insert_ticks([new_tick(row.id, passed[-1].at, MISSED, missed=count - 1)])
    transitions.move_on([{"id": row.id, "planned_at": None, "job_id": None, "missed": missed}])
    return missed


def _cancel_job(row: ScheduleRow) -> None:
    # If a worker already holds the job, it finds another job id in the row, and does nothing.
    if row.job_id is not None:
        jobs.cancel([row.job_id])


def _anchored(plan: TickPlan, before: TickPlan | None, now: datetime) -> TickPlan:
    # An interval counts from the start of the schedule, or else from its first save.
    if plan.kind != INTERVAL:
        return replace(plan, expression=" ".join(plan.expression.split()))
    if before is not None and (before.every_seconds, before.starts_at) == (plan.every_seconds, plan.starts_at):
        return replace(plan, anchor=before.anchor)
    return replace(plan, anchor=plan.starts_at or now.replace(microsecond=0))


def _check_fields(new: NewSchedule) -> None:
    check_slug(new.slug)
    check_text(new.name, path=["name"], most=LIMITS.name_characters)
    check_event_type(new.event_type, path=["eventType"])
    _check_data(new.data)
    for name, value, known in (("overlap", new.overlap, OVERLAPS), ("catchUp", new.catch_up, CATCH_UPS)):
        if value not in known:
            raise NormalizedError("BAD_USER_INPUT", f"{name} must be one of {', '.join(known)}.", path=[name])
    if not LEAST_CATCH_UP_SECONDS <= new.catch_up_seconds <= LIMITS.wait_seconds:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"catchUpSeconds is {new.catch_up_seconds}. It must lie between {LEAST_CATCH_UP_SECONDS} and {LIMITS.wait_seconds}.",
            path=["catchUpSeconds"],
        )


def _check_data(data: JsonValue) -> None:
    try:
        check_value(data, max_bytes=LIMITS.workflow_bytes)
    except NormalizedError as error:
        raise NormalizedError(error.code, error.message, details=error.details, path=["data", *error.path]) from None


def _check_plan(plan: TickPlan, jitter_seconds: int, now: datetime) -> None:
    problems = check_plan(plan, jitter_seconds, now)
    if problems:
        first, more = problems[0], len(problems) - 1
        said: list[JsonValue] = [
            {"code": one.code, "message": one.message, "path": [str(part) for part in one.path]} for one in problems
        ]
        raise NormalizedError(
            "INVALID_SCHEDULE",
            f"{first.message}{f' There are {more} more problems.' if more else ''}",
            details={"problems": said},
            path=first.path,
        )


def _check_count() -> None:
    if transitions.count_alone() >= LIMITS.schedules:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"This tenant has {LIMITS.schedules} schedules, which is the maximum. Delete a schedule that is no longer needed.",
            details={"limit": "schedules", "maximum": LIMITS.schedules},
        )


def _values(new: NewSchedule, plan: TickPlan) -> dict[str, JsonValue]:
    own = {
        "name": new.name,
        "event_type": new.event_type,
        "data": new.data,
        "overlap": new.overlap,
        "catch_up": new.catch_up,
        "catch_up_seconds": new.catch_up_seconds,
        "jitter_seconds": new.jitter_seconds,
    }
    return {**own, **vars(plan)}


def _values_of(row: ScheduleRow) -> dict[str, JsonValue]:
    return {**{name: getattr(row, name) for name in AUDITED if hasattr(row, name)}, **vars(row.plan)}


def _plain(values: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: _text(values[name]) for name in AUDITED}


def _text(value: JsonValue) -> JsonValue:
    return value.isoformat() if isinstance(value, datetime) else value
