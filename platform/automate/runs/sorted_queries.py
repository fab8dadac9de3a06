"""Lists runs in the order of their start or their end, latest first.

Each page reads a limited number of index rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from psycopg.rows import TupleRow

from automate.kernel.queries import EXACT_COUNT, Condition, Page, Slice, cut, keyset, parameters, where
from automate.kernel.range_queries import MOST_ROWS, too_broad
from automate.kernel.sql import fetch
from automate.runs.queries import RunsFilter, conditions_of

T = TypeVar("T")
STARTED, FINISHED = "started", "finished"
COLUMNS: Mapping[str, str] = {STARTED: "r.started_at", FINISHED: "r.finished_at"}
ADVICE = "fewer conditions, or leave out `sort`: without `sort`, each filter has an index"


def sorted_runs(wanted: RunsFilter, by: str, part: Slice, select: str, make: Callable[[TupleRow], T]) -> Page[T]:
    """List runs in the order of their start or their end, latest first.

    Raises FILTER_TOO_BROAD if a page would read too many index rows.
    """
    order = (COLUMNS[by], "r.id")
    rest, (tail, values) = conditions_of(wanted), _looked_at(by, part)
    ordered = ", ".join(f"{name} {'DESC' if part.forward else 'ASC'}" for name in order)
    statement = (
        f"{select} JOIN (SELECT r.id FROM (SELECT r.* FROM execution_run AS r{tail}) AS r{where(rest)}"
        f" ORDER BY {ordered} LIMIT {part.limit + 1:d}) AS page ON page.id = r.id ORDER BY {ordered}"
    )
    rows = fetch(statement, [*values, *parameters(rest)])
    if rest and len(rows) <= part.limit and _has_more(tail, values):
        raise too_broad(ADVICE)
    return cut([make(row) for row in rows], part)


def count_sorted(wanted: RunsFilter, by: str) -> int:
    """Count runs. If there are more than EXACT_COUNT, return EXACT_COUNT + 1.

    Raises FILTER_TOO_BROAD if counting would read too many index rows.
    """
    rest, (tail, values) = conditions_of(wanted), _looked_at(by, Slice(0))
    counted = f"SELECT 1 FROM (SELECT r.* FROM execution_run AS r{tail}) AS r{where(rest)} LIMIT {EXACT_COUNT + 1:d}"
    ((count,),) = fetch(f"SELECT count(*) FROM ({counted}) AS counted", [*values, *parameters(rest)])
    if rest and count <= EXACT_COUNT and _has_more(tail, values):
        raise too_broad(ADVICE)
    return int(count)


def _looked_at(by: str, part: Slice) -> tuple[str, list[object]]:
    column = COLUMNS[by]
    there = Condition(f"{column} IS NOT NULL", ())
    bounds = Slice(MOST_ROWS, part.forward, part.after, part.before)
    return keyset((column, "r.id"), bounds, [there])


def _has_more(tail: str, values: Sequence[object]) -> bool:
    statement = f"SELECT count(*) FROM (SELECT 1 FROM execution_run AS r{tail}) AS counted"
    ((count,),) = fetch(statement, values)
    return bool(count > MOST_ROWS)
