"""All SQL statements for steps that wait."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from automate.budgets.kinds import EVENTS
from automate.events.lean_records import LEAN_COLUMNS, lean_record_of
from automate.events.records import TABLES, EventRecord
from automate.kernel.json_text import Encoded, json_bytes
from automate.kernel.json_values import JsonValue
from automate.kernel.large import LARGE_BYTES, WRITE_BYTES, Large
from automate.kernel.sql import Parameters, as_set, execute, fetch
from automate.runs.large_queries import STORE
from automate.runs.states import JOB_OF_RUN
from automate.runs.step_state import StepOutcome

LOOK_BACK_EVENTS = 5_000
"""Number of the tenant's latest events that a new wait checks. It ignores events that are older than the
waiting run."""
LOOK_BACK_FOUND = 1_000
"""Maximum number of these events that are read. Only events of the awaited types are read."""

OPEN = "kind = 'event' AND outcome IS NULL"

INSERT = """
INSERT INTO step_wait (step_id, run_id, kind, event_type, path, digest, match, looked_back)
SELECT step_id, run_id, kind, coalesce(type, ''), coalesce(path, ''), coalesce(digest, ''), match, type IS NULL
FROM json_to_recordset(%s::json) AS m (step_id uuid, run_id uuid, kind text, type text, path text, digest text, match jsonb)
"""
STATE = """
SELECT step_id, CASE WHEN octet_length(outcome::text) <= %s THEN outcome::text END, octet_length((outcome -> 'output')::text), looked_back
FROM step_wait WHERE run_id = ANY (%s)
"""
RESOLVE = f"""
WITH came AS (
    UPDATE step_wait w SET outcome = m.outcome
    FROM json_to_recordset(%s::json) AS m (step_id uuid, outcome jsonb)
    WHERE w.step_id = m.step_id AND w.outcome IS NULL RETURNING w.run_id
)
SELECT {JOB_OF_RUN} FROM came JOIN execution_run r ON r.id = came.run_id
"""
PATHS = f"SELECT DISTINCT event_type, path FROM step_wait WHERE {OPEN} AND event_type = ANY (ARRAY(SELECT type FROM event WHERE id = ANY (%s)))"
CANDIDATES = f"""
SELECT w.step_id, m.event, w.match::text
FROM json_to_recordset(%s::json) AS m (event uuid, type text, path text, digest text)
JOIN step_wait w ON w.event_type = m.type AND w.path = m.path AND w.digest = m.digest AND {OPEN}
"""
# New waits, and the time at which the event of their run was received.
NEW_WAITS = """
SELECT w.step_id, w.event_type, w.path, w.digest, w.match::text, r.event_id, e.received_at
FROM step_wait w JOIN execution_run r ON r.id = w.run_id JOIN event e ON e.id = r.event_id
WHERE w.step_id = ANY (%s)
"""
# Ids follow the order of time, except for differences between the clocks of processes. An event that waits for a budget ends a
# wait when it is matched.
YOUNGER = f"""
SELECT {LEAN_COLUMNS} FROM {TABLES}
WHERE e.id = ANY (ARRAY(
    SELECT latest.id FROM (SELECT id, type, received_at FROM event ORDER BY id DESC LIMIT {LOOK_BACK_EVENTS}) latest
    WHERE latest.type = ANY (%s) AND latest.received_at >= %s
      AND NOT EXISTS (SELECT FROM public.outbox_job j WHERE j.id = latest.id AND j.parked = '{EVENTS}') ORDER BY latest.id DESC LIMIT {LOOK_BACK_FOUND}))
ORDER BY e.received_at, e.id
"""
MARK_LOOKED_BACK = "UPDATE step_wait SET looked_back = true WHERE step_id = ANY (%s)"


@dataclass(frozen=True)
class Wanted:
    """A value at a path of an event. A step can wait for an event of the same type with the same value."""

    event: uuid.UUID
    type: str
    path: str
    digest: str


@dataclass(frozen=True)
class _Resolved:
    step_id: uuid.UUID
    outcome: Encoded


@dataclass(frozen=True)
class NewWait:
    """A step that now waits for an event. The events that arrived earlier have not been checked yet."""

    step_id: uuid.UUID
    event_type: str
    path: str
    digest: str
    match: JsonValue
    event_id: uuid.UUID
    """The event of the waiting run. This event cannot end the wait."""
    since: datetime
    """The time at which that event was received."""


def state_of(run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[StepOutcome | None, bool]]:
    """Return the outcome of each wait. An open wait has no outcome."""
    found: dict[uuid.UUID, tuple[StepOutcome | None, bool]] = {}
    for step_id, outcome, size, looked_back in fetch(STATE, [LARGE_BYTES, list(run_ids)]):
        state: StepOutcome | None = None if outcome is None else orjson.loads(outcome)
        if state is None and size is not None:
            state = {"output": Large(size, STORE.outcome_of(step_id))}
        found[step_id] = state, looked_back
    return found


def resolve(outcomes: Mapping[uuid.UUID, Mapping[str, object]]) -> list[uuid.UUID]:
    """End the waits of steps. Return the ids of the jobs that the caller must wake.

    ``outcomes`` maps the id of each step to ``{output}`` or ``{error}``. Requires a transaction.
    """
    jobs: list[uuid.UUID] = []
    rows: list[_Resolved] = []
    size = 0
    for step_id, outcome in outcomes.items():
        text = json_bytes(outcome)
        if rows and size + len(text) > WRITE_BYTES:
            jobs += _resolve(rows)
            rows, size = [], 0
        rows.append(_Resolved(step_id, Encoded(text)))
        size += len(text)
    return jobs + _resolve(rows) if rows else jobs


def _resolve(rows: Sequence[_Resolved]) -> list[uuid.UUID]:
    return [job_id for (job_id,) in fetch(RESOLVE, [as_set(rows)])]


def paths_for(event_ids: Collection[uuid.UUID]) -> tuple[str, Parameters]:
    """Return the statement that reads the awaited types of these events, each with a path of a value.

    The path is empty for a wait without correlation.
    """
    return PATHS, [list(event_ids)]


def paths_of(event_ids: Collection[uuid.UUID]) -> list[tuple[str, str]]:
    return fetch(*paths_for(event_ids))


def candidates(wanted: Sequence[Wanted]) -> list[tuple[uuid.UUID, uuid.UUID, JsonValue]]:
    """For each item of ``wanted``, find the steps that wait for an event with the item's type and value."""
    return [
        (step_id, event_id, None if match is None else orjson.loads(match))
        for step_id, event_id, match in fetch(CANDIDATES, [as_set(wanted)])
    ]


def new_waits(step_ids: Sequence[uuid.UUID]) -> list[NewWait]:
    return [
        NewWait(step_id, kind, path, digest, None if match is None else orjson.loads(match), event_id, since)
        for step_id, kind, path, digest, match, event_id, since in fetch(NEW_WAITS, [list(step_ids)])
    ]


def events_since(event_types: Collection[str], since: datetime) -> list[EventRecord]:
    return [lean_record_of(row) for row in fetch(YOUNGER, [sorted(event_types), since])]


def mark_looked_back(step_ids: Sequence[uuid.UUID]) -> None:
    execute(MARK_LOOKED_BACK, [list(step_ids)])
