"""Every statement that a tick is made of."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from automate.events.models import SCHEDULES_SOURCE
from automate.kernel.sql import as_set, execute, fetch
from automate.runs.states import RUN_FINAL
from automate.triggers.schedules.queries import SCHEDULE_COLUMNS, schedule_row
from automate.triggers.schedules.rows import ScheduleRow

TICKS_LOOKED_AT = 20
"""How many of a schedule's ticks may have open runs that keep the next one from being made. By plan there is one."""
TICKS_KEPT = 1_000

# The schedules, which nobody else changes until this transaction ends; with what time it is, and the source of their events.
# This is where time comes in: all else is reckoned from this moment.
LOCK = f"""
SELECT now(), (SELECT id FROM source WHERE slug = '{SCHEDULES_SOURCE}'), {SCHEDULE_COLUMNS}
FROM schedule s WHERE s.id = ANY (%s) ORDER BY s.id FOR UPDATE
"""
# Which of these have runs that have not ended, of any of their latest ticks. An event that is yet to be matched may start one.
# In the statement after LOCK, so that it sees what was committed before that.
BUSY = """
SELECT s.id FROM unnest(%(ids)s::uuid[]) AS s (id) WHERE EXISTS (
    SELECT 1 FROM (
        SELECT t.event_id FROM schedule_tick t WHERE t.schedule_id = s.id AND t.event_id IS NOT NULL
        ORDER BY t.id DESC LIMIT %(latest)s
    ) t
    WHERE EXISTS (SELECT 1 FROM public.outbox_job j WHERE j.id = t.event_id AND j.open)
       OR EXISTS (SELECT 1 FROM execution_run r WHERE r.event_id = t.event_id AND r.state <> ALL (%(final)s))
)
"""
MOVE_ON = """
UPDATE schedule s SET planned_at = m.planned_at, job_id = m.job_id, missed = m.missed
FROM json_to_recordset(%s::json) AS m (id uuid, planned_at timestamptz, job_id uuid, missed jsonb)
WHERE s.id = m.id
"""
# A planned moment comes back where a server's clock was set back and the plan was then saved anew: its first tick stands.
INSERT_TICKS = """
INSERT INTO schedule_tick (id, schedule_id, planned_at, outcome, by_hand, missed, event_id, at)
SELECT id, schedule_id, planned_at, outcome, by_hand, missed, event_id, now()
FROM json_to_recordset(%s::json) AS m (id uuid, schedule_id uuid, planned_at timestamptz, outcome text, by_hand bool, missed int,
     event_id uuid)
ON CONFLICT DO NOTHING
"""
# What a schedule has beyond its newest ticks, a little at a time.
PRUNE = """
DELETE FROM schedule_tick WHERE id = ANY (ARRAY(
    SELECT t.id FROM unnest(%(ids)s::uuid[]) AS s (id) CROSS JOIN LATERAL (
        SELECT id FROM schedule_tick WHERE schedule_id = s.id ORDER BY id DESC OFFSET %(kept)s LIMIT %(most)s
    ) t))
"""
FORGET = "DELETE FROM schedule_tick WHERE schedule_id = %s"
# Who counts the schedules does it after this, one after the other.
LOCK_COUNT = f"SELECT id FROM source WHERE slug = '{SCHEDULES_SOURCE}' FOR UPDATE"
COUNT = "SELECT count(*) FROM schedule"


def lock(schedule_ids: Sequence[uuid.UUID]) -> tuple[datetime | None, uuid.UUID | None, dict[uuid.UUID, ScheduleRow]]:
    """Now, the source of ticks, and the schedules, by id: None and nothing where there are none. Requires a transaction."""
    rows = fetch(LOCK, [list(schedule_ids)])
    if not rows:
        return None, None, {}
    return rows[0][0], rows[0][1], {row[2]: schedule_row(row[2:]) for row in rows}


def busy(schedule_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those that have open runs."""
    parameters = {"ids": list(schedule_ids), "latest": TICKS_LOOKED_AT, "final": sorted(RUN_FINAL)}
    return {schedule_id for (schedule_id,) in fetch(BUSY, parameters)}


def move_on(rows: Sequence[Mapping[str, Any]]) -> None:
    """{id planned_at job_id missed}."""
    execute(MOVE_ON, [as_set(rows)])


def insert_ticks(rows: Sequence[Mapping[str, Any]]) -> None:
    """{id schedule_id planned_at outcome by_hand missed event_id}. One that stands there already stays as it is."""
    execute(INSERT_TICKS, [as_set(rows)])


def prune(schedule_ids: Sequence[uuid.UUID], most: int) -> None:
    execute(PRUNE, {"ids": list(schedule_ids), "kept": TICKS_KEPT, "most": most})


def forget(schedule_id: uuid.UUID) -> None:
    execute(FORGET, [schedule_id])


def count_alone() -> int:
    """How many schedules there are; nobody else counts until this transaction ends."""
    fetch(LOCK_COUNT)
    ((count,),) = fetch(COUNT)
    return int(count)
