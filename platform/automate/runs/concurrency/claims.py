"""All statements on the slots of concurrency keys.

A transaction locks a key before it reads or writes slots. It must count the slots in a LATER statement. The locking
statement itself can still see old rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from automate.kernel.sql import as_set, execute, fetch
from automate.runs.states import JOB_OF_RUN

KEY = "key"
"""Cause for which jobs of runs that wait for their key are parked."""

LOCK = "SELECT pg_advisory_xact_lock(lock) FROM unnest(%s::bigint[]) AS lock"
TRY_LOCK = "SELECT lock FROM unnest(%s::bigint[]) AS lock WHERE NOT pg_try_advisory_xact_lock(lock)"
DIGESTS = "SELECT DISTINCT digest FROM run_slot WHERE run_id = ANY (%s)"
# Arrival time of a run. Workers match a tenant's events in parallel, so the order of asking is not the order of arrival.
# A retry or replay arrives when a person asks for it. A run that starts when it is created has no row yet.
CAME = """extract(epoch FROM CASE WHEN r.started_by <> '' OR r.retry_of_id IS NOT NULL THEN r.created_at ELSE m.received_at END)"""
# A run that asks again keeps its place.
ARRIVE = f"""
INSERT INTO run_slot (run_id, digest, place, event_id, key, most, held)
SELECT m.run_id, m.digest, ({CAME} * 1000000)::bigint, m.event_id, m.key, m.most, false
FROM json_to_recordset(%s::json) AS m (run_id uuid, digest text, received_at timestamptz, event_id uuid, key text, most int)
LEFT JOIN execution_run r ON r.id = m.run_id
ON CONFLICT (run_id) DO NOTHING RETURNING run_id
"""
# Free slots go to the earliest waiting runs. The newest run of the key sets the number of slots. Runs that are paused or
# cancelling before their start are skipped. Their state is looked up row by row, because a join would read every waiting run.
HAND_OVER = """
WITH room AS (
    SELECT k.digest, newest.most - (SELECT count(*) FROM run_slot h WHERE h.digest = k.digest AND h.held) AS slots
    FROM unnest(%s::text[]) AS k (digest)
    CROSS JOIN LATERAL (SELECT most FROM run_slot n WHERE n.digest = k.digest
                        ORDER BY n.place DESC, n.event_id DESC, n.run_id DESC LIMIT 1) newest
), next AS (
    SELECT w.run_id FROM room CROSS JOIN LATERAL (
        SELECT s.run_id FROM run_slot s
        WHERE s.digest = room.digest AND NOT s.held
          AND coalesce((SELECT r.state FROM execution_run r WHERE r.id = s.run_id), 'queued') = 'queued'
        ORDER BY s.place, s.event_id, s.run_id LIMIT greatest(room.slots, 0)
    ) w
)
UPDATE run_slot s SET held = true FROM next WHERE s.run_id = next.run_id RETURNING s.run_id
"""
# Waits for the lock of the job, as every wakeup does. A job that is on its way to a worker needs no wakeup.
WAKE = f"""
UPDATE public.outbox_job j SET due_at = now(), parked = ''
WHERE j.id = ANY (ARRAY(SELECT {JOB_OF_RUN} FROM execution_run r WHERE r.id = ANY (%s))) AND j.state = 'pending' AND j.parked = '{KEY}'
"""
SELECT_POSITIONS = """
SELECT s.run_id, s.held, (SELECT h.run_id FROM run_slot h WHERE h.digest = s.digest AND h.held
                          ORDER BY h.place, h.event_id, h.run_id LIMIT 1)
FROM run_slot s WHERE s.run_id = ANY (%s)
"""
# Runs with at least as many newer runs as the key has slots, each with the newest run.
OUTNUMBERED = """
SELECT run_id, newest FROM (
    SELECT s.run_id, row_number() OVER by_age AS age, first_value(s.run_id) OVER by_age AS newest,
           first_value(s.most) OVER by_age AS most
    FROM run_slot s LEFT JOIN execution_run r ON r.id = s.run_id
    WHERE s.digest = ANY (%s) AND r.state IS DISTINCT FROM 'cancelling'
    WINDOW by_age AS (PARTITION BY s.digest ORDER BY s.place DESC, s.event_id DESC, s.run_id DESC)
) aged WHERE age > most ORDER BY run_id
"""
LEAVE = "DELETE FROM run_slot WHERE run_id = ANY (%s)"


@dataclass(frozen=True)
class Arrival:
    """A run that asks for a slot of its concurrency key."""

    run_id: uuid.UUID
    digest: str
    """Identifies the key."""
    event_id: str
    """The run's event."""
    received_at: str
    """The time of the run's event."""
    key: str
    """The key in the form that people see."""
    most: int
    """Maximum number of runs that hold the key at a time."""


@dataclass(frozen=True)
class QueuePosition:
    """The place of a run in the queue of its concurrency key."""

    held: bool
    holder: uuid.UUID | None
    """The earliest run that holds the key; None if no run holds it."""


def lock(locks: Sequence[int]) -> None:
    """Take advisory locks in the given order, and wait for each."""
    fetch(LOCK, [list(locks)])


def try_lock(locks: Sequence[int]) -> bool:
    # Locks that were free stay locked until the transaction ends.
    return not fetch(TRY_LOCK, [list(locks)])


def digests_of(run_ids: Sequence[uuid.UUID]) -> set[str]:
    """Return the digests of the concurrency keys that these runs use."""
    return {digest for (digest,) in fetch(DIGESTS, [list(run_ids)])}


def arrive(arrivals: Sequence[Arrival]) -> set[uuid.UUID]:
    """Put runs into the queues of their keys. Returns the runs that were not yet in a queue."""
    return {run_id for (run_id,) in fetch(ARRIVE, [as_set([vars(arrival) for arrival in arrivals])])}


def hand_over(digests: Collection[str]) -> list[uuid.UUID]:
    """Give the free slots of the given concurrency keys to waiting runs. Returns the runs that got a slot."""
    return [run_id for (run_id,) in fetch(HAND_OVER, [sorted(digests)])]


def wake(run_ids: Sequence[uuid.UUID]) -> int:
    """Wake each given run that waits for a slot of its concurrency key. Returns the number of woken runs."""
    return execute(WAKE, [list(run_ids)])


def read_positions(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, QueuePosition]:
    return {run_id: QueuePosition(held, holder) for run_id, held, holder in fetch(SELECT_POSITIONS, [list(run_ids)])}


def outnumbered(digests: Collection[str]) -> dict[uuid.UUID, uuid.UUID]:
    # Maps each of these runs to the newest run of its key. Used for cancel_in_progress.
    return dict(fetch(OUTNUMBERED, [sorted(digests)]))


def leave(run_ids: Sequence[uuid.UUID]) -> int:
    """Remove runs from the queues of their keys. Returns the number of removed runs."""
    return execute(LEAVE, [list(run_ids)])
