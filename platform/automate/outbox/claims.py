"""SQL that dispatches, claims and finishes jobs. Each write after a claim checks the fence."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.errors import NormalizedError
from automate.kernel.fingerprints import fingerprint
from automate.kernel.json_values import JsonValue
from automate.kernel.sql import as_set, execute, fetch
from automate.outbox.dispatching.claims import LATE
from automate.outbox.jobs import ClaimedJob, Fence, JobSubject

EVENT_MATCH, RUN_ADVANCE = "event.match", "run.advance"
"""The topics that several packages name in their statements."""
BACKOFF_FIRST_SECONDS, BACKOFF_MAX_SECONDS = 1.0, 300.0
# A message could not be sent: return the job at once instead of waiting for the resend.
TAKE_BACK = "UPDATE outbox_job SET state = 'pending' WHERE id = ANY (%s) AND state = 'dispatched'"


def take_back(job_ids: Sequence[uuid.UUID]) -> None:
    execute(TAKE_BACK, [list(job_ids)])


# No row for a job: it was claimed before, so this message is a duplicate. A paused queue keeps its jobs. This waits for locks:
# another relay locks a dispatched job briefly while it checks the job, and skipping it would mean waiting for a resend.
CLAIM = f"""
WITH mine AS (
    SELECT id FROM outbox_job
    WHERE id = ANY (%(ids)s) AND state = 'dispatched'
      AND NOT EXISTS (SELECT 1 FROM outbox_lane WHERE tenant_id = %(tenant)s AND (paused OR held))
    ORDER BY id FOR UPDATE
)
UPDATE outbox_job j
SET state = 'claimed', fence = fence + 1, attempts = attempts + 1, claimed_at = now(),
    lease_until = now() + make_interval(secs => %(lease)s), parked = ''
FROM mine WHERE j.id = mine.id
RETURNING j.id, j.subject_id, j.fence, j.attempts, j.max_attempts, j.trace_id, j.topic, {LATE}
"""


def claim(tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], *, lease_seconds: float) -> list[ClaimedJob]:
    """Claim jobs for ``lease_seconds``, and return them. Jobs that another worker has claimed are not returned."""
    parameters = {"ids": list(job_ids), "tenant": tenant_id, "lease": lease_seconds}
    return [ClaimedJob(*row) for row in fetch(CLAIM, parameters)]


HELD = "j.id = m.id AND j.fence = m.fence AND j.state = 'claimed'"
MINE = "unnest(%(ids)s::uuid[], %(fences)s::int[]) AS m (id, fence)"


def _fences(jobs: Sequence[ClaimedJob]) -> dict[str, object]:
    return {"ids": [job.id for job in jobs], "fences": [job.fence for job in jobs]}


# Fence and lease in one: locks the rows for this transaction; after progress, attempts are counted from 0.
KEEP = f"""
UPDATE outbox_job j SET lease_until = now() + make_interval(secs => %(lease)s), attempts = CASE WHEN %(progress)s THEN 0 ELSE attempts END
FROM {MINE} WHERE {HELD} RETURNING j.id, j.signals
"""


def keep(jobs: Sequence[ClaimedJob], *, lease_seconds: float, progress: bool) -> Fence:
    """Renew the leases of jobs, and return the jobs that are still held. ``progress=True`` sets the jobs' attempts to 0."""
    return dict(fetch(KEEP, {**_fences(jobs), "lease": lease_seconds, "progress": progress}))


# Read and clear the signals; the rows stay locked, so that no new signal arrives before this transaction ends.
CONSUME_SIGNALS = f"""
WITH signalled AS (SELECT j.id, j.signals FROM outbox_job j, {MINE} WHERE {HELD} FOR UPDATE OF j)
UPDATE outbox_job j SET signals = 0 FROM signalled s WHERE j.id = s.id RETURNING j.id, s.signals
"""


def consume_signals(jobs: Sequence[ClaimedJob]) -> Fence:
    """Read and clear the signals that jobs received. Skips jobs that this worker no longer holds. Requires a transaction."""
    return dict(fetch(CONSUME_SIGNALS, _fences(jobs)))


# The heartbeat of all tenants at once. Skips a locked row, because its holder is writing it.
RENEW = f"""
WITH held AS (SELECT j.id FROM outbox_job j, {MINE} WHERE {HELD} FOR UPDATE OF j SKIP LOCKED)
UPDATE outbox_job j SET lease_until = now() + make_interval(secs => %(lease)s) FROM held WHERE j.id = held.id
RETURNING j.id, j.signals
"""


def renew(jobs: Sequence[ClaimedJob], *, lease_seconds: float) -> set[uuid.UUID]:
    """Renew the leases of jobs. Returns the ids of the jobs that have received a signal."""
    return {job_id for job_id, signals in fetch(RENEW, {**_fences(jobs), "lease": lease_seconds}) if signals}


FINISH = f"""
UPDATE outbox_job j SET state = 'done', open = false, finished_at = now()
FROM {MINE} WHERE {HELD} RETURNING j.id, j.signals
"""


def finish(jobs: Sequence[ClaimedJob]) -> Fence:
    """Mark jobs as done, and return the jobs that this worker still held. Only their results may be written."""
    return dict(fetch(FINISH, _fences(jobs)))


# Return jobs to the queue without blame: due at a time, or parked for a cause until they are unparked.
RELEASE = """
UPDATE outbox_job j
SET state = 'pending', parked = m.parked, attempts = 0,
    due_at = coalesce(m.until, now() + make_interval(secs => m.after), 'infinity')
FROM json_to_recordset(%s::json) AS m (id uuid, fence int, after float, until timestamptz, parked text)
WHERE j.id = m.id AND j.fence = m.fence AND j.state = 'claimed'
RETURNING j.id, j.signals
"""


@dataclass(frozen=True)
class JobRelease:
    """A job that its worker hands back."""

    job: ClaimedJob
    after_seconds: float | None = 0.0
    """Seconds until it is due. None if it waits only for the end of its cause."""
    parked: str = ""
    """The cause for which it waits, such as a budget's metric."""
    until: datetime | None = None
    """The time at which it is due, if the caller knows a time instead of seconds."""


def release(releases: Sequence[JobRelease]) -> Fence:
    """Release claimed jobs, and reset the attempts of these jobs. Returns the jobs that this worker still held."""
    rows = [
        {"id": r.job.id, "fence": r.job.fence, "after": r.after_seconds, "until": r.until, "parked": r.parked}
        for r in releases
    ]
    return dict(fetch(RELEASE, [as_set(rows)]))


# Reverts the claim, because a job that was never started must not lose an attempt.
UNCLAIM = f"""
UPDATE outbox_job j SET state = 'pending', attempts = attempts - 1, due_at = now() FROM {MINE} WHERE {HELD}
"""


def unclaim(jobs: Sequence[ClaimedJob]) -> None:
    """Release the jobs that this worker has claimed but not started."""
    execute(UNCLAIM, _fences(jobs))


ATTEMPTS = f"SELECT j.id, j.attempts FROM outbox_job j, {MINE} WHERE {HELD}"


def attempts(jobs: Sequence[ClaimedJob]) -> dict[uuid.UUID, int]:
    """Return the number of attempts of each job. Jobs that this worker no longer holds are omitted."""
    return dict(fetch(ATTEMPTS, _fences(jobs)))


# Back off with full jitter, at most five minutes.
RETRY = f"""
UPDATE outbox_job j
SET state = 'pending', alone = true, last_error = %(error)s::jsonb,
    due_at = now() + make_interval(secs => random() * least(%(most)s, %(first)s * power(2, attempts)))
FROM {MINE} WHERE {HELD} RETURNING j.id
"""
DEAD_LETTER = f"""
UPDATE outbox_job j SET state = 'dead', open = false, finished_at = now(), last_error = %(error)s::jsonb, fingerprint = %(fingerprint)s
FROM {MINE} WHERE {HELD} RETURNING j.id, j.topic, j.subject_id
"""


def retry(jobs: Sequence[ClaimedJob], error: str) -> set[uuid.UUID]:
    """Put jobs back into the queue after a fault, and return the ids of these jobs.

    Later, each of these jobs runs alone. ``error`` is JSON text.
    """
    parameters = {**_fences(jobs), "error": error, "most": BACKOFF_MAX_SECONDS, "first": BACKOFF_FIRST_SECONDS}
    return {job_id for (job_id,) in fetch(RETRY, parameters)}


def dead_letter(jobs: Sequence[ClaimedJob], error: NormalizedError) -> list[JobSubject]:
    """Mark held jobs as dead, and return these jobs. Before the commit, the caller must end, for example, their runs."""
    stored = error.as_json()
    parameters = {**_fences(jobs), "error": last_error(stored), "fingerprint": fingerprint(stored)}
    return [JobSubject(*row) for row in fetch(DEAD_LETTER, parameters)]


ENQUEUE = """
INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts, parked,
                        trace_id, created_at, lease_until)
SELECT id, %(tenant)s, %(topic)s, subject_id, %(state)s, true, false, now(), %(fence)s, %(fence)s, %(most)s, '', trace_id, now(),
       CASE WHEN %(fence)s > 0 THEN now() + make_interval(secs => %(lease)s) END
FROM unnest(%(ids)s::uuid[], %(subjects)s::uuid[], %(traces)s::text[]) AS m (id, subject_id, trace_id)
"""


def enqueue(
    tenant_id: uuid.UUID,
    topic: str,
    jobs: Sequence[tuple[uuid.UUID, uuid.UUID, str]],
    *,
    max_attempts: int,
    held_seconds: float = 0,
) -> None:
    """Store jobs ``(id, subject_id, trace_id)`` that are due now. If ``held_seconds`` is above 0, also claim them."""
    ids, subjects, traces = zip(*jobs, strict=True)
    held = held_seconds > 0
    execute(
        ENQUEUE,
        {
            "tenant": tenant_id,
            "topic": topic,
            "state": "claimed" if held else "pending",
            "fence": int(held),
            "most": max_attempts,
            "lease": held_seconds,
            "ids": list(ids),
            "subjects": list(subjects),
            "traces": list(traces),
        },
    )


# Unparks as many jobs as there is room for, longest wait first. An ARRAY is evaluated once; a subquery in IN may be evaluated
# for each row, and then exceeds its LIMIT. Waits for locks: a statement that found the job claimed keeps it locked until it
# ends, and skipping it would lose the wakeup.
UNPARK = """
UPDATE outbox_job SET due_at = now(), parked = ''
WHERE id = ANY (ARRAY(
    SELECT id FROM outbox_job WHERE tenant_id = %s AND parked <> '' AND parked = ANY (%s) AND state = 'pending'
    ORDER BY id LIMIT %s FOR UPDATE))
"""


def unpark(tenant_id: uuid.UUID, causes: Sequence[str], count: int) -> int:
    """Wake at most ``count`` jobs parked for one of these causes, oldest first. Returns the number of woken jobs."""
    return execute(UNPARK, [tenant_id, list(causes), count])


REDRIVE = """
UPDATE outbox_job SET state = 'pending', open = true, attempts = 0, alone = true, due_at = now(), finished_at = NULL,
    fingerprint = NULL
WHERE id = ANY (%s) AND state = 'dead' RETURNING id, topic, subject_id
"""
POINT_AT = "UPDATE outbox_job j SET subject_id = m.subject_id FROM unnest(%s::uuid[], %s::uuid[]) AS m (id, subject_id) WHERE j.id = m.id"


def redrive(job_ids: Sequence[uuid.UUID]) -> list[JobSubject]:
    """Redrive the dead jobs among ``job_ids``, and return these jobs. Each job becomes due again, and then runs alone."""
    return [JobSubject(*row) for row in fetch(REDRIVE, [list(job_ids)])]


def point_at(subjects: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Change the subjects of jobs. ``subjects`` maps job ids to subject ids."""
    execute(POINT_AT, [list(subjects), list(subjects.values())])


PRUNE = """
DELETE FROM outbox_job WHERE id = ANY (ARRAY(
    SELECT id FROM outbox_job WHERE NOT open AND state <> 'dead' AND finished_at < now() - make_interval(secs => %s)
    LIMIT %s FOR UPDATE SKIP LOCKED))
"""


def prune(connection: BaseDatabaseWrapper, *, older_than_seconds: float, most: int) -> int:
    """Remove finished jobs, and return their number. ``connection`` uses the database role that owns the tables."""
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, [older_than_seconds, most])
        return int(cursor.rowcount)


SET_LANE = """
INSERT INTO outbox_lane (tenant_id, weight, paused) VALUES (%(tenant)s, %(weight)s, %(paused)s)
ON CONFLICT (tenant_id) DO UPDATE SET weight = excluded.weight, paused = excluded.paused
"""


def set_lane(tenant_id: uuid.UUID, *, weight: int, paused: bool) -> None:
    execute(SET_LANE, {"tenant": tenant_id, "weight": weight, "paused": paused})


def pause_lane(tenant_id: uuid.UUID, *, paused: bool) -> None:
    execute("UPDATE outbox_lane SET paused = %s WHERE tenant_id = %s", [paused, tenant_id])


def weigh_lanes(tenant_ids: Sequence[uuid.UUID], weight: int) -> None:
    execute(
        "UPDATE outbox_lane SET weight = %s WHERE tenant_id = ANY (%s) AND weight <> %s",
        [weight, list(tenant_ids), weight],
    )


def last_error(error: Mapping[str, JsonValue]) -> str:
    """Convert the stored form of a NormalizedError to the JSON text that ``retry`` expects."""
    return as_set([error])[1:-1]
