"""All SQL statements that create the ticks of schedules."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from automate.events.models import SCHEDULES_SOURCE
from automate.kernel.sql import as_set, execute, fetch
from automate.outbox.states import JOB_OPEN_SQL
from automate.runs.states import RUN_FINAL
from automate.triggers.schedules.queries import SCHEDULE_COLUMNS, schedule_row
from automate.triggers.schedules.rows import NewTick, ScheduleRow

TICKS_LOOKED_AT = 20
"""Number of latest ticks of a schedule that are checked for open runs. Open runs hold back the next tick.
Usually only one tick has open runs."""
TICKS_KEPT = 1_000

# Locks the schedules, and reads the time and the source of their events. All later steps use this time.
LOCK = f"""
SELECT now(), (SELECT id FROM source WHERE slug = '{SCHEDULES_SOURCE}'), {SCHEDULE_COLUMNS}
FROM schedule s WHERE s.id = ANY (%s) ORDER BY s.id FOR UPDATE
"""
# The schedules whose latest ticks have open runs. An event that is not matched yet may start one.
# A statement after LOCK, so that it sees all commits before LOCK.
BUSY = f"""
SELECT s.id FROM unnest(%(ids)s::uuid[]) AS s (id) WHERE EXISTS (
    SELECT 1 FROM (
        SELECT t.event_id FROM schedule_tick t WHERE t.schedule_id = s.id AND t.event_id IS NOT NULL
        ORDER BY t.id DESC LIMIT %(latest)s
    ) t
    WHERE EXISTS (SELECT 1 FROM public.outbox_job j WHERE j.id = t.event_id AND j.state IN ({JOB_OPEN_SQL}))
       OR EXISTS (SELECT 1 FROM execution_run r WHERE r.event_id = t.event_id AND r.state <> ALL (%(final)s))
)
"""
MOVE_ON = """
UPDATE schedule s SET planned_at = m.planned_at, job_id = m.job_id, missed = m.missed
FROM json_to_recordset(%s::json) AS m (id uuid, planned_at timestamptz, job_id uuid, missed jsonb)
WHERE s.id = m.id
"""
# A planned time can repeat after a server's clock was set back and the schedule was saved again. The first tick stays.
INSERT_TICKS = """
INSERT INTO schedule_tick (id, schedule_id, planned_at, outcome, by_hand, missed, event_id, at)
SELECT id, schedule_id, planned_at, outcome, by_hand, missed, event_id, now()
FROM json_to_recordset(%s::json) AS m (id uuid, schedule_id uuid, planned_at timestamptz, outcome text, by_hand bool, missed int,
     event_id uuid)
ON CONFLICT DO NOTHING
"""
# Deletes ticks beyond the newest TICKS_KEPT, in small parts.
PRUNE = """
DELETE FROM schedule_tick WHERE id = ANY (ARRAY(
    SELECT t.id FROM unnest(%(ids)s::uuid[]) AS s (id) CROSS JOIN LATERAL (
        SELECT id FROM schedule_tick WHERE schedule_id = s.id ORDER BY id DESC OFFSET %(kept)s LIMIT %(most)s
    ) t))
"""
FORGET = "DELETE FROM schedule_tick WHERE schedule_id = %s"
# Serialises the counting of schedules.
LOCK_COUNT = f"SELECT id FROM source WHERE slug = '{SCHEDULES_SOURCE}' FOR UPDATE"
COUNT = "SELECT count(*) FROM schedule"


def lock(schedule_ids: Sequence[uuid.UUID]) -> tuple[datetime | None, uuid.UUID | None, dict[uuid.UUID, ScheduleRow]]:
    """Lock schedules. Returns PostgreSQL's time, the id of the built-in source, and the schedules by id.

    If no schedule is found, the time and the id of the source are None. Requires a transaction.
    """
    rows = fetch(LOCK, [list(schedule_ids)])
    if not rows:
        return None, None, {}
    ((now, source_id, *_), *_) = rows
    schedules = [schedule_row(columns) for _, _, *columns in rows]
    return now, source_id, {schedule.id: schedule for schedule in schedules}


def busy(schedule_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return the schedules that have open runs."""
    parameters = {"ids": list(schedule_ids), "latest": TICKS_LOOKED_AT, "final": sorted(RUN_FINAL)}
    return {schedule_id for (schedule_id,) in fetch(BUSY, parameters)}


def move_on(rows: Sequence[Mapping[str, object]]) -> None:
    """Write the next state of schedules. Each row has the keys ``id``, ``planned_at``, ``job_id`` and ``missed``."""
    execute(MOVE_ON, [as_set(rows)])


def insert_ticks(rows: Sequence[NewTick]) -> None:
    execute(INSERT_TICKS, [as_set(rows)])


def prune(schedule_ids: Sequence[uuid.UUID], most: int) -> None:
    execute(PRUNE, {"ids": list(schedule_ids), "kept": TICKS_KEPT, "most": most})


def forget(schedule_id: uuid.UUID) -> None:
    execute(FORGET, [schedule_id])


def count_alone() -> int:
    # Another transaction waits here until this one ends, so the limit cannot be exceeded.
    fetch(LOCK_COUNT)
    ((count,),) = fetch(COUNT)
    return int(count)
