"""Reads schedules and ticks as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import orjson
from django.db.models import QuerySet

from automate.kernel.models import computed, whether
from automate.kernel.queries import Page, RowReader, Slice, counts_under, pages_under, rows_by_id
from automate.kernel.rows import DatabaseValue
from automate.kernel.sql import fetch
from automate.kernel.written import shown
from automate.triggers.schedules.models import Schedule
from automate.triggers.schedules.plan import PLAN_COLUMNS, TickPlan
from automate.triggers.schedules.rows import ScheduleRow, TickRow

_own = RowReader(
    ScheduleRow,
    "s",
    {"shown_data": shown("s.data", "s.written"), "missed": "s.missed::text"},
    missed=orjson.loads,
)
SCHEDULE_COLUMNS = ", ".join([_own.columns, *(f"s.{name}" for name in PLAN_COLUMNS)])
SCHEDULES: QuerySet[Schedule] = (
    QuerySet(Schedule)
    .alias(paused=whether(paused_at__isnull=False))
    .annotate(shown_data=computed(shown("data", "written"), "data", "written"))
    .defer("data", "written")
)
SELECT_SCHEDULES = f"SELECT {SCHEDULE_COLUMNS} FROM schedule AS s"
tick_row = RowReader(TickRow, "t")
SELECT_TICKS = f"SELECT {tick_row.columns} FROM schedule_tick AS t"


def schedule_row(row: Sequence[DatabaseValue]) -> ScheduleRow:
    return _own(row[: -len(PLAN_COLUMNS)], plan=TickPlan(*row[-len(PLAN_COLUMNS) :]))


def schedules_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ScheduleRow]:
    return rows_by_id(schedule_row, SELECT_SCHEDULES + " WHERE s.id = ANY(%s)", ids)


def schedule_by_slug(slug: str) -> ScheduleRow | None:
    return next((schedule_row(row) for row in fetch(SELECT_SCHEDULES + " WHERE s.slug = %s", [slug])), None)


def ticks_under(schedules: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[TickRow]]:
    """Return the ticks of each schedule, newest first."""
    return pages_under(SELECT_TICKS, "t.id", "t.schedule_id", schedules, part, tick_row)


def count_ticks_under(schedules: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("schedule_tick AS t", "t.schedule_id", schedules)
