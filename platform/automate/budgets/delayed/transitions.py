"""SQL for match jobs whose events wait for a budget. The budget limits the number of events."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.budgets.kinds import EVENTS
from automate.kernel.sql import execute, fetch

IN_QUEUE = f"j.parked = '{EVENTS}' AND j.parked <> '' AND j.state IN ('pending', 'dispatched')"
"""Condition on a job: its event waits for a budget, or is due and not claimed yet."""
PARKED = f"j.tenant_id = %(tenant)s AND {IN_QUEUE}"
OLDEST = f"SELECT j.id FROM outbox_job j WHERE {PARKED} ORDER BY j.id LIMIT %(most)s"
# The due time of the event that waits immediately before.
DUE_BEFORE = f"""
SELECT extract(epoch FROM j.due_at - now()) FROM outbox_job j
WHERE {PARKED} AND j.id < %(before)s AND j.due_at < 'infinity' ORDER BY j.id DESC LIMIT 1
"""
# The oldest event is due first. The relay locks only jobs that are due already.
MAKE_DUE = f"""
WITH next AS (
    SELECT j.id FROM outbox_job j WHERE j.id = ANY (%(jobs)s) AND {PARKED} AND j.due_at > now() FOR UPDATE SKIP LOCKED
), placed AS (SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM next)
UPDATE outbox_job j SET due_at = now() - placed.place * interval '1 microsecond' FROM placed WHERE j.id = placed.id
"""

# The event that waits longest asks when the window ends, even if the limit has been raised since it was parked.
BRING_FORWARD = f"""
WITH next AS (SELECT j.id FROM outbox_job j WHERE {PARKED} ORDER BY j.id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE outbox_job j SET due_at = now() + make_interval(secs => %(seconds)s) FROM next
WHERE j.id = next.id AND j.due_at > now() + make_interval(secs => %(seconds)s)
"""


def oldest(tenant_id: uuid.UUID, most: int) -> list[uuid.UUID]:
    """Return the jobs of the events that have waited longest, oldest event first. At most ``most`` jobs."""
    return [job_id for (job_id,) in fetch(OLDEST, {"tenant": tenant_id, "most": most})]


def due_before(tenant_id: uuid.UUID, job_id: uuid.UUID) -> float | None:
    """Return the seconds until the last job before ``job_id`` is due, or None. Jobs without a due time do not count."""
    rows = fetch(DUE_BEFORE, {"tenant": tenant_id, "before": job_id})
    return next((float(seconds) for (seconds,) in rows), None)


def make_due(tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID]) -> int:
    """Make jobs due now if their due time is in the future. Returns the number of changed jobs."""
    return execute(MAKE_DUE, {"tenant": tenant_id, "jobs": list(job_ids)}) if job_ids else 0


def bring_forward(tenant_id: uuid.UUID, seconds: float) -> None:
    """Find the event that has waited longest. Make the job of this event due within the given seconds."""
    execute(BRING_FORWARD, {"tenant": tenant_id, "seconds": seconds})
