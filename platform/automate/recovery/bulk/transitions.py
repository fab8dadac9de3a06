"""SQL that writes bulk operations and the outcomes of their items."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.sql import as_set, execute, fetch
from automate.recovery.bulk.queries import SELECT_OPERATIONS, OperationRow, operation_row
from automate.runs.states import BULK_FAILED, BULK_MOVES, BULK_RUNNING

Row = Mapping[str, object]

KEPT_SECONDS = 30 * DAY_SECONDS
"""How long the outcome of an operation stays readable."""

INSERT = """
INSERT INTO bulk_operation (id, kind, state, wanted, options, reason, rate, ceiling, stop_on_error_rate, bounded_at, total,
                            done, skipped, refused, principal_kind, principal_id, principal_name, principal_role, principal_person,
                            trace_id,
                            created_at)
SELECT id, kind, 'running', wanted, options, reason, rate, ceiling, stop_on_error_rate, bounded_at, total,
       0, 0, 0, principal_kind, principal_id, principal_name, principal_role, principal_person,
       trace_id, now()
FROM json_to_recordset(%s::json) AS m (id uuid, kind text, wanted jsonb, options jsonb, reason text, rate int, ceiling int,
     stop_on_error_rate int, bounded_at timestamptz, total int, principal_kind text, principal_id text, principal_name text,
     principal_role text, principal_person uuid, trace_id text)
"""
LOCK = SELECT_OPERATIONS + " WHERE b.id = %s FOR UPDATE"
INSERT_ITEMS = """
INSERT INTO bulk_item (id, operation_id, item_id, outcome, runs, error, at)
SELECT id, operation_id, item_id, outcome, runs, error, now()
FROM json_to_recordset(%s::json) AS m (id uuid, operation_id uuid, item_id uuid, outcome text, runs jsonb, error jsonb)
"""
ADVANCE = """
UPDATE bulk_operation
SET done = done + %(done)s, skipped = skipped + %(skipped)s, refused = refused + %(refused)s, cursor_id = %(cursor)s
WHERE id = %(id)s AND state = 'running'
"""
MOVE = """
UPDATE bulk_operation
SET state = %(to)s, error = %(error)s::jsonb, finished_at = CASE WHEN %(final)s THEN now() END
WHERE id = ANY (%(ids)s) AND state = ANY (%(from)s)
RETURNING id
"""
# Removes some rows of the oldest expired operation: first items, then the operation. Skips a locked operation.
PRUNE = """
WITH expired AS (
    SELECT id FROM bulk_operation WHERE finished_at < now() - make_interval(secs => %(seconds)s)
    ORDER BY finished_at LIMIT 1 FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM bulk_item WHERE id = ANY (ARRAY(
        SELECT i.id FROM bulk_item i JOIN expired ON expired.id = i.operation_id LIMIT %(most)s))
    RETURNING id
)
DELETE FROM bulk_operation WHERE id = ANY (ARRAY(SELECT id FROM expired)) AND (SELECT count(*) FROM gone) < %(most)s
"""


def insert(row: Row) -> None:
    execute(INSERT, [as_set([row])])


def lock(operation_id: uuid.UUID) -> OperationRow | None:
    """Lock and return an operation."""
    rows = fetch(LOCK, [operation_id])
    return operation_row(rows[0]) if rows else None


def insert_items(rows: Sequence[Row]) -> None:
    """Insert the outcomes of items. Raises IntegrityError if an item already has an outcome."""
    execute(INSERT_ITEMS, [as_set(rows)])


def advance(operation_id: uuid.UUID, counts: Mapping[str, int], cursor: uuid.UUID) -> None:
    """Record that items were processed. ``counts`` has the number of these items for each outcome."""
    execute(ADVANCE, {**counts, "cursor": cursor, "id": operation_id})


def move(operation_ids: Sequence[uuid.UUID], to_state: str, error: JsonValue = None) -> list[uuid.UUID]:
    """Move operations to another state, if the move is legal. Returns the moved ids."""
    parameters = {
        "ids": list(operation_ids),
        "from": sorted(state for state, nexts in BULK_MOVES.items() if to_state in nexts),
        "to": to_state,
        "error": json_string(error) if error is not None else None,
        "final": to_state != BULK_RUNNING,
    }
    return [operation_id for (operation_id,) in fetch(MOVE, parameters)]


def fail(operation_ids: Sequence[uuid.UUID], error: JsonValue) -> list[uuid.UUID]:
    """Set the state of operations to failed, because their jobs are dead. Returns the ids of the changed operations."""
    return move(operation_ids, BULK_FAILED, error)


def reopen(operation_ids: Sequence[uuid.UUID]) -> None:
    """Continue failed operations after their jobs were redriven."""
    move(operation_ids, BULK_RUNNING)


def prune(most: int) -> None:
    execute(PRUNE, {"seconds": KEPT_SECONDS, "most": most})
