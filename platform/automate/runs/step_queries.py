"""All attempts at all steps of a tenant, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import Condition, Page, Slice, count_of, page_of, within
from automate.runs.queries import STEP_COLUMNS, StepRow, step_row

TABLE = "step_run AS s"
SELECT_STEPS = f"SELECT {STEP_COLUMNS} FROM {TABLE}"


@dataclass(frozen=True)
class StepsFilter:
    """None means any. since, until: of the start, until not included."""

    since: datetime | None = None
    until: datetime | None = None


def steps_page(wanted: StepsFilter, part: Slice) -> Page[StepRow]:
    return page_of(SELECT_STEPS, "s.id", part, conditions_of(wanted), step_row)


def count_steps(wanted: StepsFilter) -> int:
    """Exact up to EXACT_COUNT, then one more."""
    return count_of(TABLE, conditions_of(wanted))


def conditions_of(wanted: StepsFilter) -> list[Condition]:
    """On ``step_run AS s``. The range of ids serves the range of times."""
    return within("s.started_at", "s.id", wanted.since, wanted.until)
