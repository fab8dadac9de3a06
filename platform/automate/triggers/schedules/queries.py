"""Reads schedules and ticks as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import orjson

from automate.kernel.json_text import value_of
from automate.kernel.queries import Page, RowReader, Slice, count_of, counts_under, page_of, pages_under
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


def schedule_row(row: Sequence[Any]) -> ScheduleRow:
    return _own(row[: -len(_PLAN)], plan=TickPlan(*row[-len(_PLAN) :]))


def schedules_page(part: Slice) -> Page[ScheduleRow]:
    return page_of(SELECT_SCHEDULES, "s.id", part, (), schedule_row)


def count_schedules() -> int:
    return count_of("schedule", ())


def schedules_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ScheduleRow]:
    rows = fetch(SELECT_SCHEDULES + " WHERE s.id = ANY(%s)", [list(ids)])
    return {row[0]: schedule_row(row) for row in rows}


def schedule_by_slug(slug: str) -> ScheduleRow | None:
    return next((schedule_row(row) for row in fetch(SELECT_SCHEDULES + " WHERE s.slug = %s", [slug])), None)


def ticks_under(schedules: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[TickRow]]:
    """Return the ticks of each schedule, newest first."""
    return pages_under(SELECT_TICKS, "t.id", "t.schedule_id", schedules, part, tick_row)


def count_ticks_under(schedules: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("schedule_tick AS t", "t.schedule_id", schedules)
