"""Lists runs, newest first. Each page reads a limited number of index entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg.rows import TupleRow

from automate.kernel.queries import EXACT_COUNT, Page, Slice, count_of, page_of
from automate.kernel.range_queries import MOST_ROWS, narrowed_count, narrowed_page
from automate.runs.index_queries import RUNS, indexes_of
from automate.runs.queries import NO_JOINS, Joins, RunRow, RunsFilter, conditions_of

T = TypeVar("T")
ADVICE = (
    "event, traceId, idempotencyKey, searchKeys, fingerprint, errorCode, rule, source, or a shorter time between createdFrom "
    "and createdBefore. With finishedFrom or finishedBefore, use `sort: FINISHED`"
)


def runs_page(wanted: RunsFilter, part: Slice, joins: Joins = NO_JOINS) -> Page[RunRow]:
    """List runs, newest first. Raises FILTER_TOO_BROAD if no index serves the filter."""
    return runs_of(wanted, part, joins.select(), joins.make)


def runs_of(wanted: RunsFilter, part: Slice, select: str, make: Callable[[TupleRow], T]) -> Page[T]:
    """List runs. ``make`` converts each row to a form that the caller wants.

    Raises FILTER_TOO_BROAD if no index serves the filter.
    """
    lists = indexes_of(wanted, MOST_ROWS).lists
    if not lists:
        return page_of(select, "r.id", part, conditions_of(wanted), make)
    return narrowed_page(lists, select, part, make, ADVICE)


def count_runs(wanted: RunsFilter) -> int:
    """Count runs. If there are more than EXACT_COUNT, return EXACT_COUNT + 1.

    Raises FILTER_TOO_BROAD if no index counts the runs.
    """
    found = indexes_of(wanted, MOST_ROWS)
    if found.exceeds:
        return EXACT_COUNT + 1
    return narrowed_count(found.lists, ADVICE) if found.lists else count_of(RUNS, conditions_of(wanted))
