"""Load related data of many schedules at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from automate.events.queries import events_by_id
from automate.kernel.errors import NormalizedError
from automate.kernel.queries import database_now
from automate.triggers.schedules.models import Schedule
from automate.triggers.schedules.plan import next_ticks
from automate.triggers.schedules.queries import count_ticks_under, ticks_under
from automate.triggers.schedules.rows import ScheduleRow, TickRow
from graphql_schema.connections import Connection, connections_under, objects_of
from graphql_schema.events.loaders import missing_events
from graphql_schema.planning import Of, Selected

StoredSchedule = ScheduleRow | Schedule
"""A schedule that SQL or a queryset has read."""
SHOWN_TICKS, MOST_SHOWN_TICKS = 5, 20
_JUST_BEFORE = timedelta(microseconds=1)


def tick_limit(first: int) -> int:
    """Return ``first``, the number of ticks to show. Raises LIMIT_EXCEEDED if this number is not allowed."""
    if not 0 <= first <= MOST_SHOWN_TICKS:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`first` is {first}, but must be between 0 and {MOST_SHOWN_TICKS}, because it takes time to compute each tick.",
            details={"maximum": MOST_SHOWN_TICKS},
            path=["first"],
        )
    return first


def next_ticks_of_schedules(schedules: Sequence[Of[StoredSchedule]], field: Selected) -> list[list[object]]:
    count, now = tick_limit(field.arguments["first"]), database_now()

    def made(row: StoredSchedule) -> list[object]:
        if not row.plan.has_zone or (row.planned_at is None and row.paused_at is None):
            return []
        since = now if row.planned_at is None else row.planned_at - _JUST_BEFORE
        return [field.make(tick) for tick in next_ticks(row.plan, since, count)]

    return [made(schedule.row) for schedule in schedules]


def ticks_of_schedules(schedules: Sequence[Of[StoredSchedule]], field: Selected) -> list[Connection[object]]:
    parents = [schedule.row.id for schedule in schedules]
    return connections_under(field, "Schedule.ticks", parents, ticks_under, field.make, count_ticks_under)


def expired_events_of_ticks(ticks: Sequence[Of[TickRow]], _field: Selected) -> list[bool]:
    return missing_events([tick.row.event_id for tick in ticks])


def events_of_ticks(ticks: Sequence[Of[TickRow]], field: Selected) -> list[object]:
    return objects_of([tick.row.event_id for tick in ticks], events_by_id, field.make)
