"""Every statement about the items of a for_each alone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from automate.kernel.errors import Json
from automate.kernel.sql import as_set, fetch, value_of

INSERT_INPUTS = """
INSERT INTO step_input (id, run_id, key, input, items)
SELECT id, run_id, key, input, jsonb_array_length(input -> 'items') FROM json_to_recordset(%s::json) AS m (id uuid, run_id uuid, key text, input jsonb)
"""
INPUTS = "SELECT run_id, key, input::text FROM step_input WHERE run_id = ANY (%s)"
# The latest attempt at each item. The outputs of a step that is going to fail are not read: nobody bounds them.
LOAD = """
SELECT w.run_id, i.id, w.key, i.item, i.attempt, i.state, CASE WHEN w.whole THEN i.output::text END, CASE WHEN w.whole THEN i.error::text END,
       extract(epoch FROM i.due_at - now()), extract(epoch FROM now() - i.begun)
FROM json_to_recordset(%s::json) AS w (run_id uuid, key text, whole boolean) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (item) id, item, attempt, state, output, error, due_at, min(started_at) OVER (PARTITION BY item) AS begun
    FROM step_run s WHERE s.run_id = w.run_id AND s.key = w.key AND s.item >= 0 ORDER BY item, attempt DESC
) i
"""


@dataclass(frozen=True)
class Wanted:
    """whole: with outputs and errors."""

    run_id: uuid.UUID
    key: str
    whole: bool


def load(wanted: Sequence[Wanted]) -> list[tuple[Any, ...]]:
    """The latest attempt at each item of these for_each steps, in the columns of ``transitions.load_steps``."""
    return fetch(LOAD, [as_set([{"run_id": w.run_id, "key": w.key, "whole": w.whole} for w in wanted])])


def inputs_of(run_ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, str], Json]:
    """The recorded inputs of steps of these runs, by run and key."""
    return {(run_id, key): value_of(text) for run_id, key, text in fetch(INPUTS, [list(run_ids)])}
