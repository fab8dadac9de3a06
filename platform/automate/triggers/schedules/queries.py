"""Schedules and their ticks, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import orjson

from automate.kernel.json_text import value_of
from automate.kernel.queries import Page, Slice, count_of, counts_under, page_of, pages_under
from automate.kernel.sql import fetch
from automate.triggers.schedules.plan import Plan
from automate.triggers.schedules.rows import ScheduleRow, TickRow

SCHEDULE_COLUMNS = (
    "s.id, s.slug, s.name, s.kind, s.expression, s.timezone, s.every_seconds, s.at, s.anchor, s.starts_at, s.ends_at,"
    " s.event_type, s.data::text, s.overlap, s.catch_up, s.catch_up_seconds, s.jitter_seconds, s.planned_at, s.job_id,"
    " s.missed::text, s.paused_at, s.paused_note, s.revision, s.created_at, s.updated_at"
)
_PLAN, _PLAN_ENDS, _DATA, _MISSED = 3, 11, 12, 19
SELECT_SCHEDULES = f"SELECT {SCHEDULE_COLUMNS} FROM schedule AS s"
TICK_COLUMNS = "t.id, t.schedule_id, t.planned_at, t.outcome, t.by_hand, t.missed, t.event_id, t.at"
SELECT_TICKS = f"SELECT {TICK_COLUMNS} FROM schedule_tick AS t"


def schedule_row(row: Sequence[Any]) -> ScheduleRow:
    """Build a schedule from SCHEDULE_COLUMNS."""
    values = list(row)
    values[_DATA] = value_of(values[_DATA]) if values[_DATA] is not None else None
    values[_MISSED] = orjson.loads(values[_MISSED])
    return ScheduleRow(*[*values[:_PLAN], Plan(*values[_PLAN:_PLAN_ENDS]), *values[_PLAN_ENDS:]])


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
    """The ticks of each of several schedules, newest first."""
    return pages_under(SELECT_TICKS, "t.id", "t.schedule_id", schedules, part, lambda row: TickRow(*row))


def count_ticks_under(schedules: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("schedule_tick AS t", "t.schedule_id", schedules)
