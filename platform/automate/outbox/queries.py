"""The jobs of a tenant, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.kernel.json_values import JsonValue
from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of
from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant


@dataclass(frozen=True)
class JobRow:
    """One job."""

    id: uuid.UUID
    topic: str
    subject_id: uuid.UUID
    state: str
    attempts: int
    max_attempts: int
    parked: str
    """The cause for which the job is parked; empty while it only waits for a time."""
    trace_id: str
    due_at: datetime | None
    last_error: JsonValue
    created_at: datetime
    finished_at: datetime | None
    fingerprint: uuid.UUID | None
    restored: bool


_job_row = RowReader(
    JobRow,
    "j",
    {"due_at": "CASE WHEN isfinite(j.due_at) THEN j.due_at END", "last_error": "j.last_error::text"},
    last_error=orjson.loads,
)
JOB_COLUMNS = _job_row.columns
# A page of jobs, or some by their ids. One that only an event wakes has no time of its own.
SELECT_JOBS = f"SELECT {JOB_COLUMNS} FROM outbox_job AS j"


@dataclass(frozen=True)
class JobsFilter:
    """Filters for the list of jobs. A field that is None does not filter."""

    states: tuple[str, ...] | None = None
    topics: tuple[str, ...] | None = None
    fingerprint: uuid.UUID | None = None
    restored: bool | None = None


def conditions_of(wanted: JobsFilter) -> list[Condition]:
    """Return the SQL conditions of a filter. The statement must select from ``outbox_job AS j``."""
    conditions = []
    if wanted.fingerprint is not None:
        # The tenant is named in addition to row-level security, so that the index is used.
        conditions.append(
            Condition("j.tenant_id = %s AND j.fingerprint = %s", (current_tenant().id, wanted.fingerprint))
        )
    if wanted.restored:
        # The tenant and `open` are named so that the index is used.
        conditions.append(Condition("j.tenant_id = %s AND j.open AND j.restored", (current_tenant().id,)))
    elif wanted.restored is not None:
        conditions.append(Condition("NOT (j.open AND j.restored)", ()))
    if wanted.states is not None:
        conditions.append(Condition("j.state = ANY(%s)", (list(wanted.states),)))
    if wanted.topics is not None:
        conditions.append(Condition("j.topic = ANY(%s)", (list(wanted.topics),)))
    return conditions


def jobs_page(wanted: JobsFilter, part: Slice) -> Page[JobRow]:
    return page_of(SELECT_JOBS, "j.id", part, conditions_of(wanted), _job_row)


def count_jobs(wanted: JobsFilter) -> int:
    return count_of("outbox_job AS j", conditions_of(wanted))


def jobs_by_id(job_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, JobRow]:
    rows = fetch(SELECT_JOBS + " WHERE j.id = ANY(%s)", [list(job_ids)])
    return {job.id: job for job in map(_job_row, rows)}


# The next due time over all open queues; null if no job waits for a time. Excludes parked jobs: before version 17,
# PostgreSQL cannot subtract from infinity.
NEXT_DUE = """
WITH RECURSIVE lane AS (
    (SELECT tenant_id FROM outbox_job WHERE open ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT j.tenant_id FROM outbox_job j WHERE j.open AND j.tenant_id > lane.tenant_id ORDER BY j.tenant_id LIMIT 1)
    FROM lane WHERE lane.tenant_id IS NOT NULL
)
SELECT extract(epoch FROM min(f.due_at) - now())
FROM lane CROSS JOIN LATERAL (
    SELECT j.due_at FROM outbox_job j
    WHERE j.tenant_id = lane.tenant_id AND j.open AND j.due_at > coalesce(%(since)s::timestamptz, now()) AND j.due_at < 'infinity'
      AND j.state = 'pending'
    ORDER BY j.due_at LIMIT 1
) f
"""


def seconds_to_next_due(since: datetime | None = None) -> float | None:
    """Return the seconds until the next job is due, or None. Include jobs that became due after ``since``: 0 for such a job."""
    ((seconds,),) = fetch(NEXT_DUE, {"since": since})
    return None if seconds is None else max(0.0, float(seconds))
