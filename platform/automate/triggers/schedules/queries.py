"""Reads schedules and ticks as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import fields

import orjson

from automate.kernel.json_text import value_of
from automate.kernel.queries import (
    Condition,
    Page,
    RowReader,
    Slice,
    count_of,
    counts_under,
    page_of,
    pages_under,
    rows_by_id,
)
from automate.kernel.rows import DatabaseValue
from automate.kernel.sql import fetch
from automate.kernel.written import shown
from automate.triggers.schedules.plan import TickPlan
from automate.triggers.schedules.rows import ScheduleRow, TickRow

_own = RowReader(
    ScheduleRow,
    "s",
    {"data": shown("s.data", "s.written"), "missed": "s.missed::text"},
    data=value_of,
    missed=orjson.loads,
)
_PLAN = [field.name for field in fields(TickPlan)]
SCHEDULE_COLUMNS = ", ".join([_own.columns, *(f"s.{name}" for name in _PLAN)])
SELECT_SCHEDULES = f"SELECT {SCHEDULE_COLUMNS} FROM schedule AS s"
tick_row = RowReader(TickRow, "t")
SELECT_TICKS = f"SELECT {tick_row.columns} FROM schedule_tick AS t"


def schedule_row(row: Sequence[DatabaseValue]) -> ScheduleRow:
    return _own(row[: -len(_PLAN)], plan=TickPlan(*row[-len(_PLAN) :]))


def schedules_page(part: Slice, conditions: Sequence[Condition] = ()) -> Page[ScheduleRow]:
    return page_of(SELECT_SCHEDULES, "s.id", part, conditions, schedule_row)


def count_schedules(conditions: Sequence[Condition] = ()) -> int:
    return count_of("schedule AS s", conditions)


def schedules_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ScheduleRow]:
    return rows_by_id(schedule_row, SELECT_SCHEDULES + " WHERE s.id = ANY(%s)", ids)


def schedule_by_slug(slug: str) -> ScheduleRow | None:
    return next((schedule_row(row) for row in fetch(SELECT_SCHEDULES + " WHERE s.slug = %s", [slug])), None)


def ticks_under(schedules: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[TickRow]]:
    """Return the ticks of each schedule, newest first."""
    return pages_under(SELECT_TICKS, "t.id", "t.schedule_id", schedules, part, tick_row)


def count_ticks_under(schedules: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("schedule_tick AS t", "t.schedule_id", schedules)
