"""Every statement on the slots of concurrency keys.

Whoever reads or writes the slots of a key holds the key's advisory lock, and counts in the statement AFTER the one that
took it: a count in the same statement would be from before its wait.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from automate.kernel.sql import as_set, execute, fetch

KEY = "key"
"""The cause for which jobs are parked whose runs wait for their key."""

LOCK = "SELECT pg_advisory_xact_lock(lock) FROM unnest(%s::bigint[]) AS lock"
TRY_LOCK = "SELECT lock FROM unnest(%s::bigint[]) AS lock WHERE NOT pg_try_advisory_xact_lock(lock)"
DIGESTS = "SELECT DISTINCT digest FROM run_slot WHERE run_id = ANY (%s)"
# When a run came: workers match the events of a tenant side by side, so who asks first is not who came first. What a person
# brought about, by a retry or a replay, came when they asked for it. A run that starts as it is made has no row yet.
CAME = """extract(epoch FROM CASE WHEN r.started_by <> '' OR r.retry_of_id IS NOT NULL THEN r.created_at ELSE m.received_at END)"""
# A run that comes again keeps its place.
ARRIVE = f"""
INSERT INTO run_slot (run_id, digest, place, event_id, key, most, held)
SELECT m.run_id, m.digest, ({CAME} * 1000000)::bigint, m.event_id, m.key, m.most, false
FROM json_to_recordset(%s::json) AS m (run_id uuid, digest text, received_at timestamptz, event_id uuid, key text, most int)
LEFT JOIN execution_run r ON r.id = m.run_id
ON CONFLICT (run_id) DO NOTHING RETURNING run_id
"""
# The slots that are free go to who came first of those that wait. How many there are is what the newest run of the key says. A
# run that is paused or being cancelled before it has started is passed over; its state is looked up row by row, for a join
# would read every run that waits.
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
# It waits for a lock on the job, as every wake-up does. A job that is on its way to a worker needs no wake-up.
WAKE = f"""
UPDATE public.outbox_job j SET due_at = now(), parked = ''
WHERE j.id = ANY (ARRAY(SELECT coalesce(r.job_id, r.id) FROM execution_run r WHERE r.id = ANY (%s))) AND j.state = 'pending' AND j.parked = '{KEY}'
"""
LOOK = """
SELECT s.run_id, s.held, (SELECT h.run_id FROM run_slot h WHERE h.digest = s.digest AND h.held
                          ORDER BY h.place, h.event_id, h.run_id LIMIT 1)
FROM run_slot s WHERE s.run_id = ANY (%s)
"""
# Runs that as many newer ones have come after as the key has slots, each with the newest.
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
    """digest: what the key is known by. event_id, received_at: of the run's event. key: as people may see it. most: how many
    runs may hold it at a time.
    """

    run_id: uuid.UUID
    digest: str
    event_id: str
    received_at: str
    key: str
    most: int


@dataclass(frozen=True)
class Place:
    """holder: of the runs that hold the key, the one that came first; None where nobody does."""

    held: bool
    holder: uuid.UUID | None


def lock(locks: Sequence[int]) -> None:
    """Wait for advisory locks, in the order that is given."""
    fetch(LOCK, [list(locks)])


def try_lock(locks: Sequence[int]) -> bool:
    """Take advisory locks without waiting. False where one is taken; those that were free are held all the same."""
    return not fetch(TRY_LOCK, [list(locks)])


def digests_of(run_ids: Sequence[uuid.UUID]) -> set[str]:
    """The keys that these runs hold or wait for."""
    return {digest for (digest,) in fetch(DIGESTS, [list(run_ids)])}


def arrive(arrivals: Sequence[Arrival]) -> set[uuid.UUID]:
    """Queue up for keys, each at the place of its event. Returns who is new to its key."""
    return {run_id for (run_id,) in fetch(ARRIVE, [as_set([vars(arrival) for arrival in arrivals])])}


def hand_over(digests: Collection[str]) -> list[uuid.UUID]:
    """Give what is free to who waits. Returns who got a slot."""
    return [run_id for (run_id,) in fetch(HAND_OVER, [sorted(digests)])]


def wake(run_ids: Sequence[uuid.UUID]) -> int:
    """Let runs that were parked for their key go on. Returns how many were."""
    return execute(WAKE, [list(run_ids)])


def look(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Place]:
    """How runs stand with their keys."""
    return {run_id: Place(held, holder) for run_id, held, holder in fetch(LOOK, [list(run_ids)])}


def outnumbered(digests: Collection[str]) -> dict[uuid.UUID, uuid.UUID]:
    """Runs that are too old to go on under cancel_in_progress, each with the newest of its key."""
    return dict(fetch(OUTNUMBERED, [sorted(digests)]))


def leave(run_ids: Sequence[uuid.UUID]) -> int:
    """Runs hold and wait no more. Returns how many did."""
    return execute(LEAVE, [list(run_ids)])
