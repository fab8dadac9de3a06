"""SQL that counts the runs of each hour, and reads and stores the counts."""

from __future__ import annotations

import uuid
from datetime import datetime

from psycopg.rows import TupleRow

from automate.kernel.ids import ids_around
from automate.kernel.sql import execute, fetch, fetch_value

NO_WORKFLOW = uuid.UUID(int=0)
COUNTS = ("created", "started", "succeeded", "failed", "cancelled", "timed_out")
_SUMS = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in COUNTS)
_NAMES = ", ".join(COUNTS)
_ZEROS = ", ".join(["0"] * len(COUNTS))
# One row for each run and time in the span; each kind of time is read by its own index.
HAPPENED = """
SELECT date_trunc('hour', created_at, 'UTC') AS hour, workflow_id, 1 AS created, 0 AS started, 0 AS succeeded, 0 AS failed,
       0 AS cancelled, 0 AS timed_out
FROM execution_run WHERE id > %(lowest)s AND id < %(highest)s AND created_at >= %(since)s AND created_at < %(until)s AND NOT test
UNION ALL
SELECT date_trunc('hour', started_at, 'UTC'), workflow_id, 0, 1, 0, 0, 0, 0
FROM execution_run WHERE started_at >= %(since)s AND started_at < %(until)s AND NOT test
UNION ALL
SELECT date_trunc('hour', finished_at, 'UTC'), workflow_id, 0, 0, (state = 'succeeded')::int, (state = 'failed')::int,
       (state = 'cancelled')::int, (state = 'timed_out')::int
FROM execution_run WHERE finished_at >= %(since)s AND finished_at < %(until)s AND NOT test
"""
LIVE = f"SELECT hour, workflow_id, {_SUMS} FROM ({HAPPENED}) AS happened GROUP BY hour, workflow_id"
# The first reader's counts are stored; a concurrent reader counts the same.
KEEP = f"""
INSERT INTO run_hour (hour, workflow_id, {_NAMES})
SELECT * FROM ({LIVE}) AS counted
UNION ALL
SELECT hour, '{NO_WORKFLOW}', {_ZEROS}
FROM generate_series(%(since)s, %(until)s - interval '1 hour', interval '1 hour') AS hour
ON CONFLICT DO NOTHING
"""
MISSING = f"""
SELECT listed.hour FROM generate_series(%s, %s - interval '1 hour', interval '1 hour') AS listed (hour)
WHERE NOT EXISTS (SELECT FROM run_hour AS h WHERE h.hour = listed.hour AND h.workflow_id = '{NO_WORKFLOW}')
ORDER BY listed.hour DESC
"""
KEPT = f"""
SELECT hour, workflow_id, {_NAMES} FROM run_hour
WHERE hour >= %(since)s AND hour < %(until)s AND workflow_id <> '{NO_WORKFLOW}'
  AND (%(workflow)s::uuid IS NULL OR workflow_id = %(workflow)s)
"""
# The first run is the one with the lowest id.
FIRST = "SELECT created_at FROM execution_run ORDER BY id LIMIT 1"
WORKFLOW = "SELECT id FROM workflow WHERE slug = %s"


def missing_hours(since: datetime, until: datetime) -> list[datetime]:
    return [hour for (hour,) in fetch(MISSING, [since, until])]


def keep_hours(since: datetime, until: datetime) -> None:
    execute(KEEP, _between(since, until))


def kept_hours(since: datetime, until: datetime, workflow: uuid.UUID | None) -> list[TupleRow]:
    # Rows with the hour, the workflow, and COUNTS.
    return fetch(KEPT, {"since": since, "until": until, "workflow": workflow})


def live_hours(since: datetime, until: datetime, workflow: uuid.UUID | None) -> list[TupleRow]:
    rows = fetch(LIVE, _between(since, until))
    return rows if workflow is None else [(hour, of, *counts) for hour, of, *counts in rows if of == workflow]


def first_run_at() -> datetime | None:
    at: datetime | None = fetch_value(FIRST)
    return at


def workflow_of_slug(slug: str) -> uuid.UUID | None:
    workflow_id: uuid.UUID | None = fetch_value(WORKFLOW, [slug])
    return workflow_id


def _between(since: datetime, until: datetime) -> dict[str, object]:
    return {"since": since, "until": until, "lowest": ids_around(since)[0], "highest": ids_around(until)[1]}
