"""What others than its holder do to an OutboxJob: wake, tell, park and cancel it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from automate.kernel.sql import execute, fetch

WAKE, PAUSE, CANCEL = 1, 2, 4
"""Signals, bits of one number: something came that a waiting step waits for; the run is to pause; it is being cancelled."""
NEWS = WAKE | PAUSE | CANCEL
HEARD_PAUSE = 8
"""No news: its holder knows that it is to pause, and waits for the end of its calls. It stays until the run is paused, so that
whoever takes over from a dead worker pauses it, and a resume finds what to take back."""
PAUSED = "paused"
"""The cause for which the job of a paused run is parked."""

# Let jobs go on: one that waits for a time does it now, and one that is held is told. What is parked stays so.
WAKE_UP = f"""
UPDATE outbox_job
SET signals = CASE WHEN state = 'claimed' THEN signals | {WAKE} ELSE signals END,
    due_at = CASE WHEN state = 'pending' AND parked = '' THEN least(due_at, now()) ELSE due_at END
WHERE id = ANY (%s) AND open
"""


def wake(job_ids: Sequence[uuid.UUID]) -> None:
    """Something came that these jobs wait for. Wake the relay after the commit."""
    execute(WAKE_UP, [list(job_ids)])


# For whoever holds the job; one that nobody holds goes on at once, whatever it waited for.
TELL = """
UPDATE outbox_job
SET signals = CASE WHEN state = 'claimed' THEN signals | %(signal)s ELSE signals END,
    due_at = CASE WHEN state = 'pending' THEN now() ELSE due_at END, parked = CASE WHEN state = 'pending' THEN '' ELSE parked END
WHERE id = ANY (%(ids)s) AND open
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


def tell(job_ids: Sequence[uuid.UUID], signal: int) -> None:
    """Give jobs a signal. Wake the relay after the commit."""
    execute(TELL, {"ids": list(job_ids), "signal": signal})


# Whoever holds the job may have heard it: it looks again, and finds that it is not to pause.
UNTELL_PAUSE = f"""
UPDATE outbox_job
SET signals = CASE WHEN state = 'claimed' THEN signals & ~{PAUSE | HEARD_PAUSE} | {WAKE} ELSE signals & ~{PAUSE | HEARD_PAUSE} END
WHERE id = ANY (%s) AND open AND signals & {PAUSE | HEARD_PAUSE} <> 0 RETURNING id
"""


def untell_pause(job_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Take back that runs are to pause, from those that have not yet. Returns the jobs that were told so."""
    return {job_id for (job_id,) in fetch(UNTELL_PAUSE, [list(job_ids)])}


def park(until: Mapping[uuid.UUID, datetime | None], cause: str) -> None:
    """Keep jobs that nobody holds, each until its moment, or until ``tell`` lets it go on."""
    execute(PARK, {"ids": list(until), "untils": list(until.values()), "cause": cause})


HOLD_LANE = "UPDATE outbox_lane SET held = %s WHERE tenant_id = %s AND held <> %s"


def hold_lane(tenant_id: uuid.UUID, *, held: bool) -> bool:
    """Let a tenant's jobs wait, or go on. Returns whether that is news. Says nothing of a suspension, which stays."""
    return bool(execute(HOLD_LANE, [held, tenant_id, held]))


def cancel(job_ids: Sequence[uuid.UUID]) -> None:
    """End jobs that nobody holds, undone."""
    execute(CANCEL_JOBS, [list(job_ids)])
