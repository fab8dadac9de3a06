"""SQL that rebuilds the search index of stored events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from automate.kernel.limits import MIB
from automate.kernel.sql import execute, fetch

MOST_COUNTED = 1_000_000
READ_EVENTS, READ_BYTES = 200, 4 * MIB
"""The maximum number of events in a chunk, and the maximum size of their payloads together. The first payload can be
larger."""

START = """
INSERT INTO event_reindex (event_type_id, job_id, done, started_at) VALUES (%s, %s, 0, now())
ON CONFLICT (event_type_id) DO UPDATE
SET job_id = excluded.job_id, settled_xid = NULL, source_id = NULL, event_id = NULL, done = 0, total = NULL, started_at = now(),
    finished_at = NULL
"""
# The work of a job, and whether all transactions that may have used the former keys have ended.
READ = """
SELECT t.slug, CASE WHEN t.deleted_at IS NULL THEN t.search_keys ELSE '[]' END::text, x.source_id, x.event_id, x.settled_xid IS NOT NULL,
       coalesce(pg_snapshot_xmin(pg_current_snapshot())::text::bigint > x.settled_xid, false)
FROM event_reindex x JOIN event_type t ON t.id = x.event_type_id
WHERE x.event_type_id = %s AND x.job_id = %s AND x.finished_at IS NULL
"""
SETTLE = f"""
UPDATE event_reindex SET settled_xid = pg_current_xact_id()::text::bigint,
    total = (SELECT count(*) FROM (SELECT 1 FROM event WHERE type = %s LIMIT {MOST_COUNTED}) AS counted)
WHERE event_type_id = %s AND job_id = %s
"""
# The next events of the type, in the order of its index. fits: whether their payloads are within READ_BYTES.
NEXT = f"""
SELECT e.source_id, e.id, e.headers::text, e.fits, CASE WHEN e.fits THEN p.body END
FROM (
    SELECT type, source_id, id, headers,
           row_number() OVER listed = 1 OR sum(payload_bytes) OVER listed <= {READ_BYTES} AS fits
    FROM (
        SELECT type, source_id, id, headers, payload_bytes FROM event
        WHERE (type, source_id, id) > (%(type)s, %(source)s, %(event)s) AND type = %(type)s
        ORDER BY type, source_id, id LIMIT {READ_EVENTS}
    ) AS next WINDOW listed AS (ORDER BY source_id, id)
) AS e LEFT JOIN event_payload p ON p.event_id = e.id
ORDER BY e.source_id, e.id
"""
FORGET = "DELETE FROM event_search WHERE event_id = ANY (%s)"
INSERT = """
INSERT INTO event_search (event_id, digest) SELECT * FROM unnest(%s::uuid[], %s::uuid[]) ON CONFLICT DO NOTHING
"""
MOVE_ON = """
UPDATE event_reindex SET source_id = %s, event_id = %s, done = done + %s, finished_at = CASE WHEN %s THEN now() END
WHERE event_type_id = %s AND job_id = %s
"""
LOWEST = uuid.UUID(int=0)


@dataclass(frozen=True)
class ReindexProgress:
    """The progress of one reindexing."""

    event_type: str
    search_keys: str
    """JSON text."""
    source_id: uuid.UUID | None
    event_id: uuid.UUID | None
    settled: bool
    """Whether the transactions that must end first are known."""
    ready: bool
    """Whether the transactions that must end first have ended."""


@dataclass(frozen=True)
class StoredEvent:
    """A stored event that a reindexing job adds to the search index."""

    source_id: uuid.UUID
    id: uuid.UUID
    headers: str
    """JSON text."""
    fits: bool
    """Whether this chunk contains the event's payload."""
    body: bytes | None
    """None after the payload was erased."""


def start(event_type_id: uuid.UUID, job_id: uuid.UUID) -> None:
    """Store the id of the job that indexes the events of an event type. An earlier job for the same event type stops."""
    execute(START, [event_type_id, job_id])


def read(event_type_id: uuid.UUID, job_id: uuid.UUID) -> ReindexProgress | None:
    """Read the progress of a job. None if the job has ended or was replaced."""
    rows = fetch(READ, [event_type_id, job_id])
    return ReindexProgress(*rows[0]) if rows else None


def settle(work: ReindexProgress, event_type_id: uuid.UUID, job_id: uuid.UUID) -> None:
    """Store which transactions must end before the indexing starts. Also store the number of events to index."""
    execute(SETTLE, [work.event_type, event_type_id, job_id])


def next_events(work: ReindexProgress) -> list[StoredEvent]:
    values: dict[str, object] = {"source": work.source_id or LOWEST, "event": work.event_id or LOWEST}
    return [
        StoredEvent(source_id, event_id, headers, fits, None if body is None else bytes(body))
        for source_id, event_id, headers, fits, body in fetch(NEXT, {**values, "type": work.event_type})
    ]


def write(found: Mapping[uuid.UUID, AbstractSet[uuid.UUID]]) -> None:
    """Replace the index entries of events. ``found`` has the new digests for each event."""
    execute(FORGET, [list(found)])
    pairs = [(event, digest) for event, digests in found.items() for digest in sorted(digests)]
    if pairs:
        execute(INSERT, [[event for event, _ in pairs], [digest for _, digest in pairs]])


def move_on(event_type_id: uuid.UUID, job_id: uuid.UUID, last: Sequence[StoredEvent], *, ended: bool) -> bool:
    """Store the progress after a chunk. Returns False if another job indexes the events now."""
    source, event = (last[-1].source_id, last[-1].id) if last else (LOWEST, LOWEST)
    return bool(execute(MOVE_ON, [source, event, len(last), ended, event_type_id, job_id]))
