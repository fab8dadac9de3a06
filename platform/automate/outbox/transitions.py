"""SQL that wakes, signals, parks, delays and cancels jobs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.sql import execute
from automate.outbox.claims import HELD, MINE
from automate.outbox.jobs import ClaimedJob
from automate.outbox.states import JOB_OPEN_SQL

WAKE, CANCEL = 1, 4
"""Signals are bits of one number. WAKE: read the run again, because an awaited event has arrived, or the run was paused or
resumed. CANCEL: the run is being cancelled. An earlier release used 2."""

# Wake jobs: a job that waits for a time is due now, and a held job gets a signal. Parked jobs are unchanged.
WAKE_UP = f"""
UPDATE outbox_job
SET signals = CASE WHEN state = 'claimed' THEN signals | {WAKE} ELSE signals END,
    due_at = CASE WHEN state = 'pending' AND parked = '' THEN least(due_at, now()) ELSE due_at END
WHERE id = ANY (%s) AND state IN ({JOB_OPEN_SQL})
"""


def wake(job_ids: Sequence[uuid.UUID]) -> None:
    """Make jobs due. The caller must wake the relay after the commit."""
    execute(WAKE_UP, [list(job_ids)])


# A signal for the job's holder. A job without a holder continues at once, whatever it waited for.
SIGNAL = f"""
UPDATE outbox_job
SET signals = CASE WHEN state = 'claimed' THEN signals | %(signal)s ELSE signals END,
    due_at = CASE WHEN state = 'pending' THEN now() ELSE due_at END, parked = CASE WHEN state = 'pending' THEN '' ELSE parked END
WHERE id = ANY (%(ids)s) AND state IN ({JOB_OPEN_SQL})
"""
PARK = """
UPDATE outbox_job j SET state = 'pending', parked = %(cause)s, due_at = coalesce(m.until, 'infinity')
FROM unnest(%(ids)s::uuid[], %(untils)s::timestamptz[]) AS m (id, until)
WHERE j.id = m.id AND j.state IN ('pending', 'dispatched')
"""
CANCEL_JOBS = """
UPDATE outbox_job SET state = 'cancelled', open = false, parked = '', finished_at = now()
WHERE id = ANY (%s) AND state IN ('pending', 'dispatched')
"""


def signal(job_ids: Sequence[uuid.UUID], signal: int) -> None:
    """Signal the workers that hold these jobs. Jobs that wait become due now.

    The caller must wake the relay after the commit.
    """
    execute(SIGNAL, {"ids": list(job_ids), "signal": signal})


def park(until: Mapping[uuid.UUID, datetime | None], cause: str) -> None:
    """Park jobs that no worker holds.

    ``until`` maps the id of each job to the time at which the job becomes due. If the time is None, the job never
    becomes due automatically. A call of the function ``signal`` makes a parked job due at once.
    """
    execute(PARK, {"ids": list(until), "untils": list(until.values()), "cause": cause})


HOLD_LANE = "UPDATE outbox_lane SET held = %s WHERE tenant_id = %s AND held <> %s"


# Jobs that wait for a time of their own.
PUT_OFF = """
INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts, parked,
                        trace_id, created_at)
SELECT id, %(tenant)s, %(topic)s, subject_id, 'pending', true, false, due_at, 0, 0, %(most)s, '', trace_id, now()
FROM unnest(%(ids)s::uuid[], %(subjects)s::uuid[], %(traces)s::text[], %(dues)s::timestamptz[]) AS m (id, subject_id, trace_id, due_at)
"""


@dataclass(frozen=True)
class LaterJob:
    """A job with a due time. The time can be in the past."""

    id: uuid.UUID
    subject_id: uuid.UUID
    trace_id: str
    due_at: datetime


def put_off(tenant_id: uuid.UUID, topic: str, jobs: Sequence[LaterJob], *, max_attempts: int) -> None:
    """Store jobs, each with the time at which it is due. The caller must wake the relay after the commit."""
    execute(
        PUT_OFF,
        {
            "tenant": tenant_id,
            "topic": topic,
            "most": max_attempts,
            "ids": [job.id for job in jobs],
            "subjects": [job.subject_id for job in jobs],
            "traces": [job.trace_id for job in jobs],
            "dues": [job.due_at for job in jobs],
        },
    )


def hold_lane(tenant_id: uuid.UUID, *, held: bool) -> bool:
    """Pause or resume a tenant's jobs when a member of the tenant requests this. Returns whether anything changed."""
    return bool(execute(HOLD_LANE, [held, tenant_id, held]))


def cancel(job_ids: Sequence[uuid.UUID]) -> None:
    execute(CANCEL_JOBS, [list(job_ids)])


COUNT = f"UPDATE outbox_job j SET attempts = attempts + %(by)s FROM {MINE} WHERE {HELD}"


def count(jobs: Sequence[ClaimedJob], by: int) -> None:
    """Increase the number of attempts of jobs that this worker holds. ``by`` is the number to add."""
    execute(COUNT, {"ids": [job.id for job in jobs], "fences": [job.fence for job in jobs], "by": by})
