"""The SQL statements that a worker uses to load runs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from psycopg.rows import TupleRow

from automate.effects.tries import earlier_of, tries_of
from automate.events.lean_records import LEAN_COLUMNS
from automate.events.records import TABLES
from automate.kernel.large import INLINE_BYTES, LARGE_BYTES, SMALL_BYTES
from automate.kernel.sql import fetch
from automate.runs.states import JOB_OF_RUN, RUN_OPEN_SQL
from automate.usage import transitions as usage

PARENTS = "SELECT id, parent_step_id FROM execution_run WHERE id = ANY (%s) AND parent_step_id IS NOT NULL"


# Open runs that steps of these runs wait for.
CHILDREN = f"""
SELECT c.id FROM step_run s JOIN execution_run c ON c.parent_step_id = s.id
WHERE s.run_id = ANY (%s) AND c.state IN ({RUN_OPEN_SQL})
"""


class LoadedRun(NamedTuple):
    """A run, as the SQL statement LOAD_RUNS returns it."""

    id: uuid.UUID
    origin_id: uuid.UUID
    state: str
    trace_id: str
    version_id: uuid.UUID
    seconds_left: Decimal | None
    """Until its deadline."""
    depth: int
    parent_step_id: uuid.UUID | None
    reason: str
    queued_seconds: Decimal
    pausing: bool
    test: bool
    restored: bool
    use: str
    event: TupleRow
    """``events.lean_records.LEAN_COLUMNS``."""


_RUN_WIDTH = len(LoadedRun._fields) - 1
"""The number of the run's own columns."""


class LoadedStep(NamedTuple):
    """A step, as LOAD_STEPS returns it, or an item, as ``items.transitions.load`` returns it."""

    run_id: uuid.UUID
    id: uuid.UUID
    key: str
    item: int
    attempt: int
    state: str
    output: str | None
    """JSON text. None if the output is missing or large."""
    error: str | None
    """JSON text."""
    due_in: Decimal | None
    """Seconds."""
    age: Decimal
    """Seconds since the first attempt."""
    size: int | None
    """Bytes of the output."""


LOAD_RUNS = f"""
SELECT r.id, r.origin_id, r.state, r.trace_id, r.workflow_version_id,
       extract(epoch FROM r.deadline_at - now()), r.depth, r.parent_step_id,
       CASE WHEN r.paused_at IS NOT NULL OR r.state = 'cancelling' THEN r.state_reason ELSE '' END, extract(epoch FROM now() - r.created_at),
       r.paused_at IS NOT NULL OR EXISTS (SELECT 1 FROM workflow w WHERE w.id = r.workflow_id AND w.paused_at IS NOT NULL),
       r.test, EXISTS (SELECT 1 FROM public.outbox_job j WHERE j.id = {JOB_OF_RUN} AND j.restored),
       {usage.KIND_OF_RUN}, {LEAN_COLUMNS}
FROM execution_run r JOIN ({TABLES}) ON e.id = r.event_id
WHERE r.id = ANY (%s)
"""


# Large outputs are not sent, nor outputs beyond what a run keeps parsed.
LOAD_STEPS = """
SELECT run_id, id, key, item, attempt, state, CASE WHEN size <= %(small)s OR (size <= %(large)s AND before <= %(inline)s) THEN output END,
       error, due_in, age, size
FROM (
    SELECT sized.*, sum(size) OVER (PARTITION BY run_id ORDER BY finished_at, id) AS before
    FROM (
        SELECT latest.*, coalesce(octet_length(output), 0) AS size
        FROM (
            SELECT DISTINCT ON (run_id, key, item) run_id, id, key, item, attempt, state, output::text, error::text, finished_at,
                   extract(epoch FROM due_at - now()) AS due_in,
                   extract(epoch FROM now() - min(started_at) OVER (PARTITION BY run_id, key, item)) AS age
            FROM step_run WHERE run_id = ANY (%(ids)s) AND item < 0 ORDER BY run_id, key, item, attempt DESC
        ) latest
    ) sized
) summed
ORDER BY finished_at, id
"""


# A request that is known to have had no effect is rendered again if its run had another version or input.
LOAD_REQUESTS = """
SELECT e.key, e.connector, CASE WHEN octet_length(e.request::text) <= %s THEN e.request::text END, octet_length(e.request::text),
       e.state, e.lookups, e.resolution::text, e.former::text, e.reserved::text
FROM unnest(%s::text[], %s::uuid[]) AS m (key, run_id)
JOIN effect e ON e.key = m.key JOIN execution_run this ON this.id = m.run_id LEFT JOIN execution_run former ON former.id = e.run_id
WHERE e.state <> 'failed' OR (this.workflow_version_id = former.workflow_version_id AND this.event_id = former.event_id)
"""


def parents_of(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    # Runs that are no child runs are missing.
    return dict(fetch(PARENTS, [list(run_ids)]))


def open_children_of(run_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    return [run_id for (run_id,) in fetch(CHILDREN, [list(run_ids)])]


def was_committed(xid: int) -> bool:
    # Used when a connection broke during the COMMIT. PostgreSQL knows the outcome of recent transactions after a crash.
    ((status,),) = fetch("SELECT pg_xact_status(%s::text::xid8)", [str(xid)])
    return bool(status == "committed")


def load_runs(run_ids: Sequence[uuid.UUID]) -> list[LoadedRun]:
    rows = fetch(LOAD_RUNS, [list(run_ids)])
    return [LoadedRun._make((*row[:_RUN_WIDTH], row[_RUN_WIDTH:])) for row in rows]


def load_steps(run_ids: Sequence[uuid.UUID]) -> list[LoadedStep]:
    # Attempts that ended first come first. Large outputs are not loaded.
    sizes = {"small": SMALL_BYTES, "large": LARGE_BYTES, "inline": INLINE_BYTES}
    return [LoadedStep._make(row) for row in fetch(LOAD_STEPS, {"ids": list(run_ids), **sizes})]


@dataclass(frozen=True)
class RecordedEffect:
    """The ledger's row for an Idempotency-Key, as a worker loads it."""

    connector: str
    request: str | None
    """JSON text; None if it is large."""
    size: int
    """Bytes of the request."""
    state: str
    lookups: int
    resolution: str | None
    """JSON text."""
    former: str
    """JSON text."""
    reserved: str | None
    """JSON text."""

    @property
    def earlier(self) -> str:
        """The combined outcome of all tries of a call before the last try."""
        return earlier_of(tries_of(self.former))


def load_requests(wanted: Mapping[str, uuid.UUID]) -> dict[str, RecordedEffect]:
    rows = fetch(LOAD_REQUESTS, [LARGE_BYTES, list(wanted), list(wanted.values())])
    return {key: RecordedEffect(*rest) for key, *rest in rows}
