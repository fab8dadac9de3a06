"""Lists runs in the order of their start or their end, latest first.

Each page reads a limited number of index rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg.rows import TupleRow

from automate.kernel.queries import Page, Slice
from automate.kernel.range_queries import MOST_ROWS, narrowed_count, narrowed_page
from automate.runs.index_queries import COLUMNS, FINISHED, STARTED, indexes_of
from automate.runs.queries import RunsFilter

__all__ = ["COLUMNS", "FINISHED", "STARTED", "count_sorted", "sorted_runs"]

T = TypeVar("T")
ADVICE = (
    "event, traceId, idempotencyKey, searchKeys, fingerprint, errorCode, rule, source, or a shorter time between finishedFrom "
    "and finishedBefore or between createdFrom and createdBefore. Or leave out `sort`"
)


def sorted_runs(wanted: RunsFilter, by: str, part: Slice, select: str, make: Callable[[TupleRow], T]) -> Page[T]:
    """List runs in the order of their start or their end, latest first.

    Raises FILTER_TOO_BROAD if a page would read too many index rows.
    """
    return narrowed_page(indexes_of(wanted, MOST_ROWS, by).lists, select, part, make, ADVICE)


def count_sorted(wanted: RunsFilter, by: str) -> int:
    """Count runs. If there are more than EXACT_COUNT, return EXACT_COUNT + 1.

    Raises FILTER_TOO_BROAD if counting would read too many index rows.
    """
    return narrowed_count(indexes_of(wanted, MOST_ROWS, by).lists, ADVICE)
