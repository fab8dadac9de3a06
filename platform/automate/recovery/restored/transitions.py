"""SQL statements for the jobs that wait for a release after the database was restored."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import EXACT_COUNT
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import current_tenant
from automate.outbox.claims import RUN_ADVANCE
from automate.outbox.epochs.transitions import RESTORED
from automate.outbox.states import JOB_OPEN_SQL

EXISTING = "SELECT id FROM public.outbox_job WHERE id = ANY (%s)"
HELD = """
SELECT id, topic, subject_id FROM public.outbox_job
WHERE tenant_id = %(tenant)s AND open AND restored AND (%(ids)s::uuid[] IS NULL OR id = ANY (%(ids)s)) ORDER BY id LIMIT %(most)s
"""
COUNT_HELD = f"""
SELECT count(*) FROM (
    SELECT 1 FROM public.outbox_job WHERE tenant_id = %s AND open AND restored LIMIT {EXACT_COUNT + 1}) AS held
"""
# A run keeps the cause that its job waits for; other jobs are due now.
RELEASE = f"""
UPDATE public.outbox_job
SET restored = false,
    due_at = CASE WHEN topic <> '{RUN_ADVANCE}' AND parked = '{RESTORED}' THEN now() ELSE due_at END,
    parked = CASE WHEN topic <> '{RUN_ADVANCE}' AND parked = '{RESTORED}' THEN '' ELSE parked END
WHERE id = ANY (%s) AND state IN ({JOB_OPEN_SQL}) AND restored RETURNING id
"""
# The time during which a run was held does not count towards its timeouts.
GIVE_TIME_BACK = """
UPDATE execution_run r SET deadline_at = r.deadline_at + (now() - e.raised_at)
FROM public.database_epoch e WHERE r.id = ANY (%s) AND r.deadline_at IS NOT NULL AND e.raised_at IS NOT NULL
"""
LAST_RESTORE = "SELECT epoch, raised_at, reason FROM public.database_epoch WHERE raised_at IS NOT NULL"


@dataclass(frozen=True)
class HeldJob:
    id: uuid.UUID
    topic: str
    subject_id: uuid.UUID


@dataclass(frozen=True)
class RecordedRestore:
    epoch: int
    restored_at: datetime
    reason: str


def existing(job_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return the ids that belong to jobs of the tenant."""
    return {job_id for (job_id,) in fetch(EXISTING, [list(job_ids)])}


def held(job_ids: Sequence[uuid.UUID] | None, most: int) -> list[HeldJob]:
    """Return the oldest jobs that are held after a restore and not yet released."""
    ids = None if job_ids is None else list(job_ids)
    return [HeldJob(*row) for row in fetch(HELD, {"tenant": current_tenant().id, "ids": ids, "most": most})]


def count_held() -> int:
    """Count the jobs that wait for a release, up to EXACT_COUNT."""
    ((count,),) = fetch(COUNT_HELD, [current_tenant().id])
    return int(count)


def release(job_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Release waiting jobs, and return their ids. Requires a transaction."""
    return {job_id for (job_id,) in fetch(RELEASE, [list(job_ids)])}


def give_time_back(run_ids: Sequence[uuid.UUID]) -> None:
    execute(GIVE_TIME_BACK, [list(run_ids)])


def last_restore() -> RecordedRestore | None:
    rows = fetch(LAST_RESTORE)
    return RecordedRestore(*rows[0]) if rows else None
