# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""The types Schedule and ScheduleTick."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.kernel.json_text import value_of
from automate.kernel.permissions import VIEW_EVENTS, VIEW_SCHEDULES
from automate.triggers.schedules import models
from automate.triggers.schedules import plan as declared
from automate.triggers.schedules.choices import ScheduleCatchUp, ScheduleOverlap, ScheduleTickOutcome
from automate.triggers.schedules.plan import AT, CRON, INTERVAL, PLAN_COLUMNS, REPEATED, SKIPPED, PlannedTick, TickPlan
from automate.triggers.schedules.rows import ScheduleRow, TickRow
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier, lazily
from graphql_schema.enums import described
from graphql_schema.events.types import Event
from graphql_schema.loaded import Loaded
from graphql_schema.paging import nested
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.schedules.loaders import (
    SHOWN_TICKS,
    StoredSchedule,
    events_of_ticks,
    expired_events_of_ticks,
    next_ticks_of_schedules,
    ticks_of_schedules,
)
from graphql_schema.shaped import output_of, shown


@described
class ScheduleState(TextChoices):
    """Whether a tick of the schedule is planned."""

    ACTIVE = "active", "A tick is planned."
    PAUSED = "paused", "A person has paused the schedule."
    ENDED = "ended", "No further tick is planned."


@described
class ClockChange(TextChoices):
    """The effect of a change of the clocks on a planned tick."""

    SKIPPED = SKIPPED, "The clock skips the planned time; this is the first time after it."
    REPEATED = REPEATED, "The clock shows the planned time twice that day."


@output_of(declared.CronPlan, "A plan by a cron expression.")
class CronPlan:
    pass


@output_of(declared.IntervalPlan, "A plan at an interval.")
class IntervalPlan:
    anchor: datetime = strawberry.field(description="The time from which the intervals are counted.")


@output_of(declared.SchedulePlan, "When a schedule ticks. Exactly one of the three fields is set.")
class SchedulePlan:
    pass


@strawberry.type(name="PlannedTick", description="A future tick.")
class PlannedTickAnswer:
    at: datetime = strawberry.field(description="The time of the tick, in UTC.")
    local: str = strawberry.field(description="The time in the plan's time zone, with its offset from UTC.")
    zone: str = strawberry.field(description="The abbreviation of the time zone at that time, such as CET or CEST.")
    clock_change: ClockChange | None = strawberry.field(
        description="The effect of a change of the clocks on the tick. Null on days without a change of the clocks."
    )


@strawberry_django.type(
    models.ScheduleTick, description="What happened at a planned tick, or at a tick that a person made by hand."
)
class ScheduleTick:
    planned_at: strawberry.auto
    at: strawberry.auto
    outcome: ScheduleTickOutcome
    by_hand: strawberry.auto
    missed: strawberry.auto
    row: strawberry.Private[TickRow]
    loaded: strawberry.Private[Loaded] = dataclasses.field(default_factory=dict)

    @planned(expired_events_of_ticks, VIEW_EVENTS)
    @strawberry.field(description="Whether retention has removed the event of the tick.")
    def event_expired(self, info: Info) -> bool:
        return prefetched(self, info)

    @planned(events_of_ticks, VIEW_EVENTS)
    @strawberry.field(description="The event that the tick made. Null if it made none, and if `eventExpired` is true.")
    def event(self, info: Info) -> Event | None:
        return prefetched(self, info)


@strawberry_django.type(
    models.Schedule, description="A schedule makes events automatically: by cron, at an interval, or once."
)
class Schedule(Node):
    slug: strawberry.auto
    name: strawberry.auto
    plan: SchedulePlan = strawberry_django.field(only=PLAN_COLUMNS, description="When the schedule ticks.")
    sentence: str = strawberry_django.field(
        only=PLAN_COLUMNS, description="The plan as a text, such as: At 02:30 every day, Europe/Berlin."
    )
    starts_at: strawberry.auto
    ends_at: strawberry.auto
    event_type: strawberry.auto
    data: strawberry.auto
    overlap: ScheduleOverlap
    catch_up: ScheduleCatchUp
    catch_up_seconds: strawberry.auto
    jitter_seconds: strawberry.auto
    state: ScheduleState = strawberry_django.field(
        only=["planned_at", "paused_at"], description="Whether a tick is planned."
    )
    paused_at: strawberry.auto
    paused_note: str | None
    missed_count: int = strawberry_django.field(
        only=["missed"],
        description="How many planned ticks since the last event made no event. The next event lists these ticks.",
    )
    revision: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto
    row: strawberry.Private[StoredSchedule]

    @planned(next_ticks_of_schedules, VIEW_SCHEDULES)
    @strawberry_django.field(
        only=[*PLAN_COLUMNS, "planned_at", "paused_at"],
        description="The next ticks, without the random delay (jitter). For a paused schedule, the ticks that would "
        "come if it were resumed now. The first tick may be in the past while it waits for earlier runs "
        "or for a worker.",
    )
    def next_ticks(self, info: Info, first: int = SHOWN_TICKS) -> list[PlannedTickAnswer]:
        return prefetched(self, info)

    @planned(ticks_of_schedules, VIEW_SCHEDULES)
    @nested("The last 1,000 ticks with their outcomes, newest first.")
    def ticks(self, info: Info) -> Connection[ScheduleTick]:
        return prefetched(self, info)


def plan_of(plan: TickPlan) -> SchedulePlan:
    if plan.kind == CRON:
        return shown(declared.SchedulePlan(cron=declared.CronPlan(plan.expression, plan.timezone)))
    if plan.kind == INTERVAL and plan.anchor is not None:
        interval = shown(declared.IntervalPlan(plan.every_seconds), anchor=plan.anchor)
        return shown(declared.SchedulePlan(), interval=interval)
    return shown(declared.SchedulePlan(at=plan.at if plan.kind == AT else None))


@makes(PlannedTickAnswer)
def planned_tick_of(tick: PlannedTick) -> PlannedTickAnswer:
    return PlannedTickAnswer(
        at=tick.at,
        local=tick.local.isoformat(),
        zone=tick.local.tzname() or "",
        clock_change=ClockChange(tick.change) if tick.change is not None else None,
    )


_schedule_tick = copier(ScheduleTick, TickRow, "outcome", "row")


@makes(ScheduleTick)
def tick_of(row: TickRow) -> ScheduleTick:
    return _schedule_tick(row, outcome=ScheduleTickOutcome(row.outcome), row=row)


def _state(row: StoredSchedule) -> ScheduleState:
    if row.paused_at is not None:
        return ScheduleState("paused")
    return ScheduleState("active" if row.planned_at is not None else "ended")


def _plan(row: StoredSchedule) -> SchedulePlan:
    return plan_of(row.plan)


schedule_of = lazily(
    Schedule,
    ScheduleRow,
    plan=_plan,
    sentence=lambda row: row.plan.sentence,
    data=lambda row: None if row.shown_data is None else value_of(row.shown_data),
    overlap=lambda row: ScheduleOverlap(row.overlap),
    catch_up=lambda row: ScheduleCatchUp(row.catch_up),
    state=_state,
    paused_note=lambda row: row.paused_note or None,
    missed_count=lambda row: row.missed.get("count", 0),
)
