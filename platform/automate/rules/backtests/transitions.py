"""SQL that writes backtests and their samples."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.sql import as_set, execute, fetch
from automate.rules.backtests.queries import SELECT_BACKTESTS, BacktestRow, backtest_row
from automate.rules.backtests.states import FAILED, MOVES, RUNNING

Row = Mapping[str, object]

KEPT_SECONDS = 30 * DAY_SECONDS
"""How long the results of a backtest can be read after its end."""
PRUNED = 4
"""Maximum number of old backtests that each chunk and each start deletes. So deletion keeps up with new
backtests."""

INSERT = f"""
INSERT INTO backtest (id, state, rule_id, "when", live_when, wanted, most, floor_id, count_id, cursor_id, found, older, tested,
                      erased, tally, started_by, trace_id, created_at)
SELECT id, '{RUNNING}', rule_id, "when", live_when, wanted, most, floor_id, cursor_id, cursor_id, 0, false, 0,
       0, '{{}}', started_by, trace_id, now()
FROM json_to_recordset(%s::json) AS m (id uuid, rule_id uuid, "when" jsonb, live_when jsonb, wanted jsonb, most int,
     floor_id uuid, cursor_id uuid, started_by text, trace_id text)
"""
LOCK = SELECT_BACKTESTS + " WHERE b.id = %s FOR UPDATE"
COUNTED = """
UPDATE backtest SET anchor = %(anchor)s, live_anchor = %(live_anchor)s, count_id = %(last)s, found = %(found)s,
                    total = %(total)s, older = %(older)s,
                    floor_id = CASE WHEN %(total)s::int IS NULL THEN floor_id ELSE %(last)s END
WHERE id = %(id)s
"""
TESTED = """
UPDATE backtest SET cursor_id = %(cursor)s, tested = tested + %(tested)s, erased = erased + %(erased)s, tally = %(tally)s::jsonb
WHERE id = %(id)s
"""
INSERT_SAMPLES = """
INSERT INTO backtest_sample (id, backtest_id, event_id, difference, verdict, live_verdict, reason, path)
SELECT id, backtest_id, event_id, difference, verdict, live_verdict, reason, path
FROM json_to_recordset(%s::json) AS m (id uuid, backtest_id uuid, event_id uuid, difference text, verdict text,
     live_verdict text, reason text, path jsonb)
"""
MOVE = """
UPDATE backtest SET state = %(to)s, error = %(error)s::jsonb, finished_at = CASE WHEN %(final)s THEN now() END
WHERE id = ANY (%(ids)s) AND state = ANY (%(from)s) RETURNING id
"""
# Locked backtests are skipped.
PRUNE = """
WITH expired AS (
    SELECT id FROM backtest WHERE finished_at < now() - make_interval(secs => %s)
    ORDER BY finished_at LIMIT %s FOR UPDATE SKIP LOCKED
), samples AS (
    DELETE FROM backtest_sample WHERE backtest_id = ANY (ARRAY(SELECT id FROM expired))
)
DELETE FROM backtest WHERE id = ANY (ARRAY(SELECT id FROM expired))
"""


def insert(row: Row) -> None:
    execute(INSERT, [as_set([row])])


def lock(backtest_id: uuid.UUID) -> BacktestRow | None:
    """Lock and return a backtest."""
    rows = fetch(LOCK, [backtest_id])
    return backtest_row(rows[0]) if rows else None


def counted(
    backtest_id: uuid.UUID,
    anchors: tuple[int | None, int | None],
    last: uuid.UUID,
    found: int,
    *,
    total: int | None,
    older: bool,
) -> None:
    """Store the progress of counting. ``total`` is None while more events can follow."""
    values = {"id": backtest_id, "anchor": anchors[0], "live_anchor": anchors[1], "last": last, "found": found}
    execute(COUNTED, {**values, "total": total, "older": older})


def tested(
    backtest_id: uuid.UUID, cursor: uuid.UUID, tested: int, erased: int, tally: Mapping[str, Mapping[str, int]]
) -> None:
    """Store the progress of a test."""
    values = {"id": backtest_id, "cursor": cursor, "tested": tested, "erased": erased}
    execute(TESTED, {**values, "tally": json_string(tally)})


def insert_samples(rows: Sequence[Row]) -> None:
    # Each row has `id backtest_id event_id difference verdict live_verdict reason path`.
    if rows:
        execute(INSERT_SAMPLES, [as_set(rows)])


def move(backtest_ids: Sequence[uuid.UUID], to_state: str, error: JsonValue = None) -> list[uuid.UUID]:
    """Move backtests to a state, if the move is legal. Returns the ids of the backtests that were moved."""
    parameters = {
        "ids": list(backtest_ids),
        "from": sorted(state for state, nexts in MOVES.items() if to_state in nexts),
        "to": to_state,
        "error": json_string(error) if error is not None else None,
        "final": to_state != RUNNING,
    }
    return [backtest_id for (backtest_id,) in fetch(MOVE, parameters)]


def fail(backtest_ids: Sequence[uuid.UUID], error: JsonValue) -> list[uuid.UUID]:
    """Set the state of backtests to failed, because their jobs are dead. Returns the ids of the changed backtests."""
    return move(backtest_ids, FAILED, error)


def reopen(backtest_ids: Sequence[uuid.UUID]) -> None:
    """Resume the backtests of redriven jobs."""
    move(backtest_ids, RUNNING)


def prune() -> None:
    execute(PRUNE, [KEPT_SECONDS, PRUNED])
