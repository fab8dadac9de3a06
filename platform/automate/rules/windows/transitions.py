"""All SQL statements about the windows of rules.

Before a transaction reads or writes windows, it takes the advisory lock of the rule in a separate
statement. If one statement took the lock and read the window, this statement could wait for
the lock and then use an outdated row.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import orjson

from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.rows import DatabaseValue
from automate.kernel.sql import as_set, execute, fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction
from automate.outbox.claims import BACKOFF_MAX_SECONDS, EVENT_MATCH
from automate.rules.windows.deciding import Window, WindowSlot
from automate.rules.windows.keys import WindowKey
from automate.rules.windows.words import ABSENCE, COUNT, RATE_LIMIT, THROTTLE

KEPT_SECONDS = 90 * DAY_SECONDS
"""How long an ended window is stored, to show which run covers an event. Matches are stored as long."""
LOOKED_THROUGH = 500
"""Number of jobs, in the order in which they are due, that are searched for the oldest unmatched event."""
SETS_PER_FORGETTING = 64
"""On average, one in this many sets that open windows also deletes old windows."""

# In one order, to prevent deadlocks.
LOCK = (
    "SELECT pg_advisory_xact_lock(lock) FROM (SELECT lock FROM unnest(%s::bigint[]) AS lock ORDER BY lock) AS ordered"
)
COLUMNS = """w.id, w.rule_id, w.generation, w.option, w.digest, w.shown, w.settings, w.opened_at, w.closes_at, w.times, w.since,
       w.matches, w.waiting, w.event_id, w.run_id, w.job_id, w.outcome, w.open"""
# Reads the time after the rules are locked, and the open windows of these keys. All later steps use this time.
FIND = f"""
SELECT clock_timestamp(), {COLUMNS}
FROM (SELECT) AS one LEFT JOIN (
    unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[]) AS m (rule_id, generation, option, digest)
    JOIN rule_window w ON w.open AND w.rule_id = m.rule_id AND w.generation = m.generation AND w.option = m.option
        AND w.digest = m.digest
) ON true
"""
BY_TIMER = f"SELECT clock_timestamp(), {COLUMNS} FROM rule_window w WHERE w.id = ANY (%s)"
RULES_OF = "SELECT DISTINCT rule_id FROM rule_window WHERE id = ANY (%s)"
# Counts up to the limit, which bounds the cost.
COUNT_OPEN = f"SELECT count(*) FROM (SELECT 1 FROM rule_window WHERE open LIMIT {LIMITS.open_windows}) AS counted"
WRITE = """
INSERT INTO rule_window (id, rule_id, generation, option, digest, shown, settings, opened_at, closes_at, times, since, matches,
                         waiting, event_id, run_id, job_id, outcome, open, closed_at)
SELECT id, rule_id, generation, option, digest, shown, settings, opened_at, closes_at, times, since, matches,
       waiting, event_id, run_id, job_id, outcome, open, CASE WHEN NOT open THEN now() END
FROM json_to_recordset(%s::json) AS m (id uuid, rule_id uuid, generation bigint, option text, digest text, shown text,
     settings jsonb, opened_at timestamptz, closes_at timestamptz, times jsonb, since timestamptz, matches bigint, waiting int,
     event_id uuid, run_id uuid, job_id uuid, outcome text, open boolean)
ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, opened_at = excluded.opened_at, closes_at = excluded.closes_at,
    times = excluded.times, since = excluded.since, matches = excluded.matches, waiting = excluded.waiting,
    event_id = excluded.event_id, run_id = excluded.run_id, job_id = excluded.job_id, outcome = excluded.outcome,
    open = excluded.open, closed_at = excluded.closed_at
"""
QUEUE = """
INSERT INTO throttled_run (run_id, window_id, place, event_id)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[])
"""
# The receipt of the oldest unmatched event. An event's job is created with it and due at that time unless it was delayed.
# So the oldest is the first due job, or one that failed or was released, which are searched up to a cheap limit.
OLDEST_UNMATCHED = f"""
SELECT min(created_at) FROM (
    SELECT created_at FROM public.outbox_job
    WHERE tenant_id = %(tenant)s AND open AND topic = '{EVENT_MATCH}' AND due_at <= now() + make_interval(secs => {BACKOFF_MAX_SECONDS})
    ORDER BY due_at LIMIT {LOOKED_THROUGH}
) AS front
"""
# Ends windows that need nothing more. A transaction that counts in such a window at this time inserts it again. Options that
# count by time of receipt end only after all events before their end are matched, because matching may be late.
SWEEP = f"""
WITH lapsed AS (
    SELECT id, run_id FROM rule_window
    WHERE open AND closes_at < now() AND job_id IS NULL AND waiting = 0
      AND (option IN ('{RATE_LIMIT}', '{THROTTLE}')
           OR ((option = '{COUNT}' OR (option = '{ABSENCE}' AND event_id IS NULL)) AND closes_at < coalesce(({OLDEST_UNMATCHED}), now())))
    ORDER BY closes_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
), fired AS (
    UPDATE rule_window w SET open = false, closed_at = now() FROM lapsed WHERE w.id = lapsed.id AND lapsed.run_id IS NOT NULL
)
DELETE FROM rule_window w USING lapsed WHERE w.id = lapsed.id AND lapsed.run_id IS NULL
"""
# Deletes a few of the oldest ended windows.
FORGET = """
DELETE FROM rule_window WHERE id = ANY (ARRAY(
    SELECT id FROM rule_window WHERE NOT open AND closed_at < now() - make_interval(secs => %s)
    ORDER BY closed_at LIMIT %s FOR UPDATE SKIP LOCKED))
"""


def lock(rule_ids: Iterable[uuid.UUID]) -> None:
    """Lock rules until the transaction ends."""
    digests = (hashlib.sha256(b"rule window" + rule_id.bytes).digest() for rule_id in set(rule_ids))
    execute(LOCK, [[int.from_bytes(digest[:8], "big", signed=True) for digest in digests]])


def find(places: Sequence[WindowSlot]) -> tuple[datetime, list[Window]]:
    """Return PostgreSQL's time, and the open windows that ``places`` selects. The caller must hold the locks of the rules."""
    unique = list(dict.fromkeys(places))
    rows = fetch(
        FIND,
        [
            [place.rule_id for place in unique],
            [place.generation for place in unique],
            [place.option for place in unique],
            [place.digest for place in unique],
        ],
    )
    ((now, *_), *_) = rows
    return now, [_window(row_id, *columns) for _, row_id, *columns in rows if row_id is not None]


def lock_windows(window_ids: Sequence[uuid.UUID]) -> tuple[datetime | None, dict[uuid.UUID, Window]]:
    """Lock the rules of these windows. Return PostgreSQL's time, and the windows by id.

    The time is None if there are no windows.
    """
    lock([rule_id for (rule_id,) in fetch(RULES_OF, [list(window_ids)])])
    rows = fetch(BY_TIMER, [list(window_ids)])
    now = next((now for now, *_ in rows), None)
    return now, {row_id: _window(row_id, *columns) for _, row_id, *columns in rows}


def room(wanted: int) -> int:
    """Delete some expired windows. Return how many more windows the tenant can open before the limit."""
    _sweep(2 * wanted)
    if random.randrange(SETS_PER_FORGETTING) == 0:  # noqa: S311 - spreads work, guards nothing
        execute(FORGET, [KEPT_SECONDS, 2 * SETS_PER_FORGETTING])
    ((taken,),) = fetch(COUNT_OPEN)
    return int(LIMITS.open_windows - taken)


def _sweep(most: int) -> None:
    execute(SWEEP, {"tenant": current_tenant().id, "most": most})


def tidy(most: int) -> int:
    """Close or delete expired windows. Also delete windows that closed long ago.

    Returns how many of the windows that closed long ago were deleted. Requires a transaction.
    """
    require_transaction()
    _sweep(most)
    return execute(FORGET, [KEPT_SECONDS, most])


def write(windows: Iterable[Window]) -> None:
    """Insert or update windows, in the given order."""
    rows: list[Mapping[str, object]] = [
        {
            "id": one.id,
            "rule_id": one.place.rule_id,
            "generation": one.place.generation,
            "option": one.place.option,
            "digest": one.place.digest,
            "shown": one.place.key.shown,
            "settings": one.settings,
            "opened_at": one.opened_at,
            "closes_at": one.closes_at,
            "times": one.times,
            "since": one.since,
            "matches": one.matches,
            "waiting": one.waiting,
            "event_id": one.event_id,
            "run_id": one.run_id,
            "job_id": one.job_id,
            "outcome": one.outcome,
            "open": one.open,
        }
        for one in windows
    ]
    if rows:
        execute(WRITE, [as_set(rows)])


def queue(places: Sequence[tuple[uuid.UUID, uuid.UUID, int, uuid.UUID]]) -> None:
    """Add runs to the queues of windows. Each entry of ``places`` has a run, a window, a position and an event."""
    execute(QUEUE, [list(column) for column in zip(*places, strict=True)])


def _window(row_id: uuid.UUID, *columns: DatabaseValue) -> Window:
    rule_id, generation, option, digest, shown, settings, opened_at, closes_at, times, *rest = columns
    place = WindowSlot(rule_id, generation, option, WindowKey(digest, shown), digest)
    return Window(row_id, place, orjson.loads(settings), opened_at, closes_at, orjson.loads(times), *rest)
