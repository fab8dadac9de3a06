"""What became of runs step by step: their log, the attempts at a step, their retries, and what attempts sent and got."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from automate.kernel.queries import (
    EXACT_COUNT,
    Condition,
    Page,
    Slice,
    counts_under,
    cut,
    keyset,
    pages_under,
)
from automate.kernel.sql import fetch
from automate.runs.queries import SELECT_RUNS, STEP_COLUMNS, RunRow, StepRow, run_row, step_row

LOG_COLUMNS = "l.id, l.run_id, l.step_key, l.attempt, l.from_state, l.to_state, l.reason, l.occurred_at"
# The same page of the log of each run. Within one run its rows are written in the order of their ids.
SELECT_LOG = """
SELECT parent.id, child.* FROM unnest(%s::uuid[]) AS parent(id)
CROSS JOIN LATERAL (SELECT {columns} FROM run_log AS l {tail}) AS child
"""
# The attempts at the step that another attempt is one of.
SELECT_ATTEMPTS = f"""
SELECT {STEP_COLUMNS} FROM step_run AS named
JOIN step_run AS s ON s.run_id = named.run_id AND s.key = named.key AND s.item = named.item
"""
COUNT_ATTEMPTS = f"""
SELECT parent.id, counted.n FROM unnest(%s::uuid[]) AS parent(id) CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM (
        SELECT 1 FROM step_run AS named
        JOIN step_run AS s ON s.run_id = named.run_id AND s.key = named.key AND s.item = named.item
        WHERE named.id = parent.id LIMIT {EXACT_COUNT + 1}) AS bounded) AS counted
"""
EFFECT_BYTES = "SELECT key, octet_length(request::text) FROM effect WHERE key = ANY (%s)"
EFFECT_REQUESTS = "SELECT key, request::text FROM effect WHERE key = ANY (%s)"
OUTPUT_BYTES = "SELECT id, octet_length(output::text) FROM step_run WHERE id = ANY (%s) AND output IS NOT NULL"
OUTPUTS = "SELECT id, output::text FROM step_run WHERE id = ANY (%s) AND output IS NOT NULL"


@dataclass(frozen=True)
class LogLine:
    """id: the row's number, as a UUID so that it can be a cursor's key. step_key: empty for the run itself."""

    id: uuid.UUID
    run_id: uuid.UUID
    step_key: str
    attempt: int | None
    from_state: str
    to_state: str
    reason: str
    occurred_at: datetime


def timelines_of(runs: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[LogLine]]:
    """The same page of the log of each run, oldest first, in one statement."""
    bounds = [Condition("l.run_id = parent.id", ())]
    if part.after is not None:
        bounds.append(Condition("l.id > %s", (_number(part.after),)))
    if part.before is not None:
        bounds.append(Condition("l.id < %s", (_number(part.before),)))
    tail, values = keyset("l.id", replace(part, after=None, before=None, oldest_first=True), bounds)
    found: dict[uuid.UUID, list[LogLine]] = {run: [] for run in runs}
    for parent, number, *rest in fetch(SELECT_LOG.format(columns=LOG_COLUMNS, tail=tail), [list(found), *values]):
        found[parent].append(LogLine(uuid.UUID(int=number), *rest))
    return {run: cut(lines, part) for run, lines in found.items()}


def _number(cursor: uuid.UUID) -> int:
    return cursor.int & (2**63 - 1)


def count_timelines(runs: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("run_log", "run_id", runs)


def attempts_of(steps: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[StepRow]]:
    """The same page of all attempts at each step, oldest first. steps: the id of any attempt of each."""
    oldest_first = replace(part, oldest_first=True)
    return pages_under(SELECT_ATTEMPTS, "s.id", "named.id", steps, oldest_first, step_row)


def count_attempts(steps: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return dict(fetch(COUNT_ATTEMPTS, [list(set(steps))]))


def retries_of(runs: Sequence[uuid.UUID], part: Slice) -> dict[uuid.UUID, Page[RunRow]]:
    """The same page of the runs that took the place of each, newest first."""
    return pages_under(SELECT_RUNS, "r.id", "r.retry_of_id", runs, part, run_row)


def count_retries(runs: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return counts_under("execution_run", "retry_of_id", runs)


def request_bytes(keys: Iterable[str]) -> Mapping[str, int]:
    """How long the recorded requests under these Idempotency-Keys are; what was never sent has none."""
    return dict(fetch(EFFECT_BYTES, [sorted(set(keys))]))


def requests_of(keys: Sequence[str]) -> dict[str, str]:
    """The recorded requests as JSON text, secrets unresolved."""
    return dict(fetch(EFFECT_REQUESTS, [list(keys)]))


def output_bytes(steps: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    return dict(fetch(OUTPUT_BYTES, [list(set(steps))]))


def outputs_of(steps: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Outputs as JSON text."""
    return dict(fetch(OUTPUTS, [list(steps)]))
