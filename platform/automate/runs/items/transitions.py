"""SQL statements about the items of a ``flow.for_each`` step."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from automate.kernel.json_text import value_of
from automate.kernel.json_values import JsonValue
from automate.kernel.large import LARGE_BYTES, WRITE_BYTES
from automate.kernel.sql import as_set, fetch
from automate.runs.loaded_queries import LoadedStep

INSERT_INPUTS = """
INSERT INTO step_input (id, run_id, key, input, items)
SELECT id, run_id, key, input, jsonb_array_length(input -> 'items') FROM json_to_recordset(%s::json) AS m (id uuid, run_id uuid, key text, input jsonb)
"""
INPUTS = """
SELECT run_id, key, CASE WHEN octet_length(input::text) <= %s THEN input::text END FROM step_input WHERE run_id = ANY (%s)
"""
# The latest attempt at each item. Outputs of a failing step are not read, because their total size is unbounded. Outputs
# above the limit of a statement are left out.
LOAD = """
SELECT w.run_id, i.id, w.key, i.item, i.attempt, i.state,
       CASE WHEN w.whole AND sum(octet_length(i.output::text)) OVER (ORDER BY w.run_id, w.key, i.item) <= %s THEN i.output::text END,
       CASE WHEN w.whole THEN i.error::text END,
       extract(epoch FROM i.due_at - now()), extract(epoch FROM now() - i.begun), octet_length(i.output::text), w.whole
FROM json_to_recordset(%s::json) AS w (run_id uuid, key text, whole boolean) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (item) id, item, attempt, state, output, error, due_at, min(started_at) OVER (PARTITION BY item) AS begun
    FROM step_run s WHERE s.run_id = w.run_id AND s.key = w.key AND s.item >= 0 ORDER BY item, attempt DESC
) i
"""
OUTPUTS = "SELECT id, output::text FROM step_run WHERE id = ANY (%s)"


@dataclass(frozen=True)
class ItemsToLoad:
    run_id: uuid.UUID
    key: str
    whole: bool
    """Load outputs and errors too."""


def load(wanted: Sequence[ItemsToLoad]) -> Iterator[LoadedStep]:
    """Load the latest attempt at each item of these steps."""
    asked = as_set([{"run_id": w.run_id, "key": w.key, "whole": w.whole} for w in wanted])
    cut: list[LoadedStep] = []
    for *columns, size, whole in fetch(LOAD, [WRITE_BYTES, asked]):
        step = LoadedStep._make((*columns, size if whole else 0))
        if whole and size and step.output is None:
            cut.append(step)
        else:
            yield step
    for group in row_chunks(cut):
        outputs: dict[uuid.UUID, str | None] = dict(fetch(OUTPUTS, [[step.id for step in group]]))
        for step in group:
            yield step._replace(output=outputs[step.id])


def row_chunks(steps: Sequence[LoadedStep]) -> Iterator[list[LoadedStep]]:
    # At most WRITE_BYTES together.
    group: list[LoadedStep] = []
    size = 0
    for step in steps:
        if group and size + (step.size or 0) > WRITE_BYTES:
            yield group
            group, size = [], 0
        group.append(step)
        size += step.size or 0
    if group:
        yield group


def inputs_of(run_ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, str], JsonValue]:
    # None for a large input.
    rows = fetch(INPUTS, [LARGE_BYTES, list(run_ids)])
    return {(run_id, key): None if text is None else value_of(text) for run_id, key, text in rows}
