"""Lists a tenant's attempts at steps, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import Condition, Page, Slice, count_of, page_of, within
from automate.runs.queries import STEP_COLUMNS, StepRow, step_row

TABLE = "step_run AS s"
SELECT_STEPS = f"SELECT {STEP_COLUMNS} FROM {TABLE}"


@dataclass(frozen=True)
class StepsFilter:
    """Filters for the list of attempts. A field that is None is ignored."""

    since: datetime | None = None
    """Time of the start, inclusive."""
    until: datetime | None = None
    """Time of the start, exclusive."""


def steps_page(wanted: StepsFilter, part: Slice) -> Page[StepRow]:
    return page_of(SELECT_STEPS, "s.id", part, conditions_of(wanted), step_row)


def count_steps(wanted: StepsFilter) -> int:
    """Count attempts. If there are more than EXACT_COUNT, return EXACT_COUNT + 1."""
    return count_of(TABLE, conditions_of(wanted))


def conditions_of(wanted: StepsFilter) -> list[Condition]:
    """Return the SQL conditions of a filter. The conditions use ``s`` as the alias of ``step_run``.

    The times of the filter become ranges of ids.
    """
    return within("s.started_at", "s.id", wanted.since, wanted.until)
