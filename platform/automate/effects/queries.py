"""Reads the ledger for the API."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import orjson

from automate.effects.rows import EffectRow
from automate.effects.tries import tries_of
from automate.kernel.queries import RowReader
from automate.kernel.sql import fetch

# The first half of the key: unique enough for an id, and found by the index on key prefixes.
ID = "substr(e.key, 1, 32)::uuid"
effect_row = RowReader(
    EffectRow,
    "e",
    {"id": ID, "former": "e.former::text", "resolution": "(e.resolution - 'output')::text"},
    former=tries_of,
    resolution=orjson.loads,
)
COLUMNS = effect_row.columns
BY_ID = f"SELECT {COLUMNS} FROM effect e WHERE e.key LIKE ANY (%s)"
# The first effects of each run; those that wait for an operator come before all others.
OF_RUNS = f"""
SELECT child.* FROM unnest(%s::uuid[]) AS parent(id) CROSS JOIN LATERAL (
    SELECT {COLUMNS} FROM effect e WHERE e.run_id = parent.id AND (%s::text[] IS NULL OR e.state = ANY (%s))
    ORDER BY (e.state = 'uncertain') DESC, e.intended_at, e.key LIMIT %s) AS child
"""
# The run that tried last, and its open retries that would send the same request under the same key.
SHARERS = """
SELECT o.id FROM execution_run r
JOIN execution_run o ON o.origin_id = r.origin_id AND (o.id = r.id OR o.id = r.origin_id
    OR (coalesce(o.line_id, o.origin_id) = coalesce(r.line_id, r.origin_id) AND o.retry_of_id IS NOT NULL))
WHERE r.id = %s AND o.finished_at IS NULL
"""
# The latest attempt of the effect's step or item.
ATTEMPT = """
SELECT state FROM step_run WHERE run_id = %s AND key = %s AND item = %s ORDER BY attempt DESC LIMIT 1
"""


def id_of(key: str) -> uuid.UUID:
    return uuid.UUID(key[:32])


def effects_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, EffectRow]:
    found = map(effect_row, fetch(BY_ID, [[f"{row_id.hex}%" for row_id in ids]]))
    return {effect.id: effect for effect in found}


def effects_of(
    runs: Sequence[uuid.UUID], in_states: Sequence[str] | None, most: int
) -> dict[uuid.UUID, list[EffectRow]]:
    """Return the effects of each run, oldest first. The effects that wait for an operator come before all others."""
    wanted = None if in_states is None else list(in_states)
    found: dict[uuid.UUID, list[EffectRow]] = {run: [] for run in runs}
    for row in map(effect_row, fetch(OF_RUNS, [list(found), wanted, wanted, most])):
        found[row.run_id].append(row)
    return found


def sharers_of(run_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the unfinished runs that can repeat a call of the run ``run_id`` under the same idempotency key."""
    return [row_id for (row_id,) in fetch(SHARERS, [run_id])]


def state_of_attempt(effect: EffectRow) -> str:
    """Return the state of the newest attempt at the step that caused the effect. Return "" if no attempt exists."""
    return next((state for (state,) in fetch(ATTEMPT, [effect.run_id, effect.step_key, effect.item])), "")
