"""Load related data of many schedules at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from automate.events.queries import events_by_id
from automate.kernel.permissions import VIEW_EVENTS, VIEW_SCHEDULES
from automate.kernel.queries import database_now
from automate.triggers.schedules.plan import next_ticks
from automate.triggers.schedules.queries import count_ticks_under, ticks_under
from automate.triggers.schedules.rows import ScheduleRow
from graphql_schema.connections import Connection, connections_under, objects_of
from graphql_schema.events.loaders import missing_events
from graphql_schema.events.types import Event, event_of
from graphql_schema.planning import Selected, prefetch
from graphql_schema.schedules.types import (
    PlannedTickAnswer,
    Schedule,
    ScheduleTick,
    planned_tick_of,
    tick_limit,
    tick_of,
)

_JUST_BEFORE = timedelta(microseconds=1)


@prefetch(Schedule, "nextTicks", VIEW_SCHEDULES)
def next_ticks_of_schedules(schedules: Sequence[Schedule], field: Selected) -> list[list[PlannedTickAnswer]]:
    count, now = tick_limit(field.arguments["first"]), database_now()

    def planned(row: ScheduleRow) -> list[PlannedTickAnswer]:
        if not row.plan.has_zone or (row.planned_at is None and row.paused_at is None):
            return []
        since = now if row.planned_at is None else row.planned_at - _JUST_BEFORE
        return [planned_tick_of(tick) for tick in next_ticks(row.plan, since, count)]

    return [planned(schedule.row) for schedule in schedules]


@prefetch(Schedule, "ticks", VIEW_SCHEDULES)
def ticks_of_schedules(schedules: Sequence[Schedule], field: Selected) -> list[Connection[ScheduleTick]]:
    parents = [schedule.row.id for schedule in schedules]
    return connections_under(field, "Schedule.ticks", parents, ticks_under, tick_of, count_ticks_under)


@prefetch(ScheduleTick, "eventExpired", VIEW_EVENTS)
def expired_events_of_ticks(ticks: Sequence[ScheduleTick], _field: Selected) -> list[bool]:
    return missing_events([tick.row.event_id for tick in ticks])


@prefetch(ScheduleTick, "event", VIEW_EVENTS)
def events_of_ticks(ticks: Sequence[ScheduleTick], _field: Selected) -> list[Event | None]:
    return objects_of([tick.row.event_id for tick in ticks], events_by_id, event_of)
