"""SQL statements for the runs that wait in a window, and for the jobs of these runs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from automate.kernel.sql import execute, fetch
from automate.outbox.claims import BACKOFF_MAX_SECONDS, EVENT_MATCH
from automate.rules.windows.words import TURN
from automate.runs.hold_queries import RULE, WORKFLOW

STILL = {WORKFLOW: f"{TURN} {WORKFLOW}", RULE: f"{TURN} {RULE}"}
"""Causes for which timers of queues are parked, by the kind of the pause."""
GONE = 100
"""Maximum number of runs that are skipped at a time because they no longer wait, for example cancelled runs."""

# The front of the queue, and whether each run still waits. A run that is paused individually still waits.
FRONT = f"""
SELECT t.run_id, coalesce(j.state = 'pending' AND j.parked = '{TURN}', false)
FROM throttled_run t LEFT JOIN public.outbox_job j ON j.id = t.run_id
WHERE t.window_id = %s ORDER BY t.place, t.event_id, t.run_id LIMIT %s
"""
FRONTS = """
SELECT w.id, front.run_id FROM unnest(%s::uuid[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT run_id FROM throttled_run WHERE window_id = w.id ORDER BY place, event_id, run_id LIMIT 1
) AS front
"""
IN_TURN = f"""
SELECT t.run_id FROM throttled_run t JOIN public.outbox_job j ON j.id = t.run_id
WHERE t.run_id = ANY (%s) AND j.state = 'pending' AND j.parked = '{TURN}'
"""
LEAVE = "DELETE FROM throttled_run WHERE run_id = ANY (%s)"
LET_GO = f"""
UPDATE public.outbox_job SET due_at = now(), parked = '' WHERE id = ANY (%s) AND state = 'pending' AND parked = '{TURN}'
"""
# Until an event is matched, it has a job with its id, created and due when it was received. A failed or returned job is
# tried again within minutes.
BEHIND = f"""
SELECT EXISTS (SELECT 1 FROM public.outbox_job WHERE tenant_id = %(tenant)s AND open AND due_at <= %(until)s AND topic = '{EVENT_MATCH}')
    OR EXISTS (SELECT 1 FROM public.outbox_job WHERE tenant_id = %(tenant)s AND open AND due_at > %(until)s
               AND due_at <= now() + make_interval(secs => {BACKOFF_MAX_SECONDS}) AND topic = '{EVENT_MATCH}'
               AND created_at <= %(until)s)
"""


def let_go(window_id: uuid.UUID, count: int) -> tuple[int, int]:
    # Returns the runs that start, and the runs that left the queue. Runs that no longer wait leave it too.
    front = fetch(FRONT, [window_id, count + GONE])
    going: list[uuid.UUID] = []
    leaving: list[uuid.UUID] = []
    for run_id, waits in front:
        if len(going) == count:
            break
        leaving.append(run_id)
        if waits:
            going.append(run_id)
    execute(LEAVE, [leaving])
    execute(LET_GO, [going])
    return len(going), len(leaving)


def fronts(window_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    return dict(fetch(FRONTS, [list(window_ids)])) if window_ids else {}


def in_turn(run_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    return {run_id for (run_id,) in fetch(IN_TURN, [list(run_ids)])} if run_ids else set()


def is_behind(tenant_id: uuid.UUID, until: datetime) -> bool:
    """Return whether some events that were received before ``until`` have not yet been matched with rules."""
    ((behind,),) = fetch(BEHIND, {"tenant": tenant_id, "until": until})
    return bool(behind)
