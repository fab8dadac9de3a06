"""Lists the kinds of budgets that tenants and plans are allowed to set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.budgets.kinds import CALLS, CONCURRENT_RUNS, COST, EVENTS, RUNS, STEPS
from automate.budgets.models import ACTIONS, ALWAYS, DAY, HOUR, MINUTE, MONTH, REJECT, THROTTLE

MOST_LIMIT = 10**15
_COUNTED = (MINUTE, HOUR, DAY, MONTH)


@dataclass(frozen=True)
class AllowedBudgets:
    """The kinds of budgets that are allowed for one metric."""

    windows: Sequence[str] = _COUNTED
    actions: Sequence[str] = ACTIONS
    by_workflow: bool = True
    """Whether a budget may be for a single workflow."""
    by_connector: bool = False
    """Whether a budget may be for a single connector."""


OFFERS: Mapping[str, AllowedBudgets] = {
    EVENTS: AllowedBudgets(by_workflow=False),
    RUNS: AllowedBudgets(),
    STEPS: AllowedBudgets(),
    CONCURRENT_RUNS: AllowedBudgets(windows=(ALWAYS,), actions=(THROTTLE, REJECT), by_workflow=False),
    CALLS: AllowedBudgets(by_connector=True),
    COST: AllowedBudgets(by_connector=True),
}
