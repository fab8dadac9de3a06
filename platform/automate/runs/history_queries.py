"""The history of runs: logs, attempts, retries, requests and outputs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from automate.effects.states import COMPENSATION_ITEM, NO_ITEM
from automate.events.event_types.queries import DECLARES_SENSITIVE
from automate.events.models import RUNS_SOURCE
from automate.events.queries import SOURCE_OF_SLUG
from automate.kernel.queries import (
    EXACT_COUNT,
    Condition,
    Key,
    Page,
    RowReader,
    Slice,
    counts_under,
    cut,
    keyset,
    pages_under,
)
from automate.kernel.sql import fetch
from automate.kernel.text import RUN_CALLED
from automate.runs.queries import SELECT_RUNS, STEP_COLUMNS, RunRow, StepRow, run_row, step_row

K = TypeVar("K", str, uuid.UUID)

# The same page of each run's log. Within one run, rows are written in the order of their ids.
SELECT_LOG = """
SELECT parent.id, child.* FROM unnest(%s::uuid[]) AS parent(id)
CROSS JOIN LATERAL (SELECT {columns} FROM run_log AS l {tail}) AS child
"""
# All attempts at the same step as a given attempt.
ATTEMPTS = (
    "step_run AS named JOIN step_run AS s ON s.run_id = named.run_id AND s.key = named.key AND s.item = named.item"
)
SELECT_ATTEMPTS = f"SELECT {STEP_COLUMNS} FROM {ATTEMPTS}"
COUNT_ATTEMPTS = f"""
SELECT parent.id, counted.n FROM unnest(%s::uuid[]) AS parent(id) CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT 1 FROM step_run AS named
        JOIN step_run AS s ON s.run_id = named.run_id AND s.key = named.key AND s.item = named.item
        WHERE named.id = parent.id LIMIT {EXACT_COUNT + 1}) AS bounded) AS counted
"""
# The current attempt at the compensation of each step.
SELECT_COMPENSATIONS = f"""
SELECT DISTINCT ON (s.run_id, s.key) {STEP_COLUMNS}
FROM unnest(%s::uuid[], %s::text[]) AS parent(run_id, key)
JOIN step_run AS s ON s.run_id = parent.run_id AND s.key = parent.key AND s.item = {COMPENSATION_ITEM}
ORDER BY s.run_id, s.key, s.attempt DESC
"""
# The current attempt at each item of each step, from an index on. Rows are read in index order, up to the limit.
SELECT_ITEMS = f"""
SELECT child.* FROM unnest(%s::uuid[], %s::text[]) AS parent(run_id, key) CROSS JOIN LATERAL (
    SELECT {STEP_COLUMNS} FROM step_run AS s
    WHERE s.run_id = parent.run_id AND s.key = parent.key AND s.item >= %s AND (%s::text[] IS NULL OR s.state = ANY (%s))
      AND s.attempt = (SELECT max(l.attempt) FROM step_run AS l WHERE l.run_id = s.run_id AND l.key = s.key AND l.item = s.item)
    ORDER BY s.run_id, s.key, s.item LIMIT %s) AS child
"""
# The event with which a step starts a run has the key RUN/STEP. Events that steps emit have keys without a hyphen.
CALLED = f"e.type = %s AND {SOURCE_OF_SLUG} AND e.idempotency_key LIKE '%%/%%-%%'"
SELECT_PARENTS = f"""
SELECT r.id, coalesce(s.run_id, split_part(e.idempotency_key, '/', 1)::uuid) FROM execution_run AS r
LEFT JOIN step_run AS s ON s.id = r.parent_step_id
LEFT JOIN event AS e ON e.id = r.event_id AND {CALLED}
WHERE r.id = ANY (%s) AND (s.run_id IS NOT NULL OR e.id IS NOT NULL)
"""
SELECT_CHILDREN = f"""
SELECT s.id, child.id FROM step_run AS s CROSS JOIN LATERAL (
    SELECT r.id FROM event AS e JOIN execution_run AS r ON r.event_id = e.id
    WHERE e.idempotency_key = s.run_id || '/' || s.id AND {CALLED} ORDER BY r.id DESC LIMIT 1) AS child
WHERE s.id = ANY (%s)
"""
EFFECT_BYTES = "SELECT key, octet_length(request::text) FROM effect WHERE key = ANY (%s)"
EFFECT_REQUESTS = f"SELECT key, run_id, request::text, {DECLARES_SENSITIVE} FROM effect WHERE key = ANY (%s)"
OUTPUT_BYTES = "SELECT id, octet_length(output::text) FROM step_run WHERE id = ANY (%s) AND output IS NOT NULL"
OUTPUTS = (
    f"SELECT id, run_id, output::text, {DECLARES_SENSITIVE} FROM step_run WHERE id = ANY (%s) AND output IS NOT NULL"
)


@dataclass(frozen=True)
class LogLine:
    """One entry of a run's log."""

    id: uuid.UUID
    """The row's number, as a UUID so that it can be a cursor's key."""
    run_id: uuid.UUID
    step_key: str
    """Empty for the run itself."""
    attempt: int | None
    from_state: str
    to_state: str
    reason: str
    occurred_at: datetime
    item: int
    """The same number as ``item`` of a StepRun."""


_log_line = RowReader(
    LogLine,
    "l",
    {"item": f"coalesce((SELECT s.item FROM step_run AS s WHERE s.id = l.step_id), {NO_ITEM})"},
    id=lambda number: uuid.UUID(int=number),
)


def timelines_of(runs: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[LogLine]]:
    """Return a page of the log of each run, oldest entry first."""
    bounds = [Condition("l.run_id = parent.id", ())]
    if part.after is not None:
        bounds.append(Condition("l.id > %s", (number_of(part.after),)))
    if part.before is not None:
        bounds.append(Condition("l.id < %s", (number_of(part.before),)))
    tail, values = keyset("l.id", replace(part, after=None, before=None, oldest_first=True), bounds)
    found: dict[uuid.UUID, list[LogLine]] = {run: [] for run in runs}
    for parent, *columns in fetch(SELECT_LOG.format(columns=_log_line.columns, tail=tail), [list(found), *values]):
        found[parent].append(_log_line(columns))
    return {run: cut(lines, part) for run, lines in found.items()}


def number_of(cursor: Key) -> int:
    """Return the number in a cursor of a run's log. Raises TypeError if the cursor has several numbers."""
    if isinstance(cursor, tuple):
        raise TypeError("A position in a run's log is one number.")
    return cursor.int & (2**63 - 1)


def count_timelines(runs: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("run_log", "run_id", runs)


def attempts_of(steps: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[StepRow]]:
    """Return a page of the attempts at each step, oldest first."""
    oldest_first = replace(part, oldest_first=True)
    return pages_under(SELECT_ATTEMPTS, "s.id", "named.id", steps, oldest_first, step_row)


def count_attempts(steps: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return dict(fetch(COUNT_ATTEMPTS, [list(set(steps))]))


Step = tuple[uuid.UUID, str]
"""A run's id, and the key of one of its steps."""


def compensations_of(steps: Sequence[Step]) -> dict[Step, StepRow]:
    """Return the latest compensation attempt of each step."""
    runs, keys = _columns(steps)
    rows = map(step_row, fetch(SELECT_COMPENSATIONS, [runs, keys]))
    return {(row.run_id, row.key): row for row in rows}


def items_of(steps: Sequence[Step], start: int, states: Sequence[str] | None, most: int) -> dict[Step, list[StepRow]]:
    """Return the latest attempt for each item. The first item has the index ``start``.

    ``most`` is the maximum number of items for each step.
    """
    (runs, keys), wanted = _columns(steps), None if states is None else list(states)
    found: dict[Step, list[StepRow]] = {step: [] for step in steps}
    for row in map(step_row, fetch(SELECT_ITEMS, [runs, keys, start, wanted, wanted, most])):
        found[row.run_id, row.key].append(row)
    return found


def _columns(steps: Sequence[Step]) -> tuple[list[uuid.UUID], list[str]]:
    # Each step appears once, because a client's query may request a step twice.
    once = sorted(set(steps))
    return [run for run, _ in once], [key for _, key in once]


def retries_of(runs: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[RunRow]]:
    """Return one page of retries for each run, newest retries first."""
    return pages_under(SELECT_RUNS, "r.id", "r.retry_of_id", runs, part, run_row)


def count_retries(runs: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("execution_run", "retry_of_id", runs)


def parents_of(runs: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Find the runs that a step of another run started. Map the id of each found run to the id of this other run."""
    return dict(fetch(SELECT_PARENTS, [RUN_CALLED, RUNS_SOURCE, list(set(runs))]))


def children_of(steps: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """For each step that started a run, return this run. If this run was retried, return its newest retry instead.

    Steps that started no run are left out.
    """
    return dict(fetch(SELECT_CHILDREN, [RUN_CALLED, RUNS_SOURCE, list(set(steps))]))


def request_bytes(keys: Iterable[str]) -> Mapping[str, int]:
    """Return the size of each recorded request in bytes. The result maps the Idempotency-Key of each request to the size."""
    return dict(fetch(EFFECT_BYTES, [sorted(set(keys))]))


@dataclass(frozen=True)
class Copied(Generic[K]):
    """JSON text that a run has sent or received. It can contain sensitive values."""

    key: K
    run_id: uuid.UUID
    text: str
    guarded: bool
    """The tenant declares sensitive values, so the text can contain some."""


def requests_of(keys: Sequence[str]) -> list[Copied[str]]:
    """Return the recorded requests with these Idempotency-Keys. Secrets appear by name."""
    return [Copied(*row) for row in fetch(EFFECT_REQUESTS, [list(keys)])]


def output_bytes(steps: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return dict(fetch(OUTPUT_BYTES, [list(set(steps))]))


def outputs_of(steps: Sequence[uuid.UUID]) -> list[Copied[uuid.UUID]]:
    """Return the output of each attempt. ``steps`` contains ids of StepRuns. A StepRun is one attempt at a step."""
    return [Copied(*row) for row in fetch(OUTPUTS, [list(steps)])]
