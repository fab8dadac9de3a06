"""Estimates the use of budgets from earlier runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from automate.budgets.kinds import CALLS, COST, RUNS, STEPS
from automate.budgets.models import OF_CONNECTOR
from automate.budgets.queries import BudgetRow, budgets_of, prices_of
from automate.budgets.windows import WINDOW_SECONDS
from automate.kernel.tenancy import current_tenant
from automate.workflows.definition import is_flow


@dataclass(frozen=True)
class PerRun:
    """The usage of one run, as an average over several runs."""

    steps: float = 0.0
    by_name: Mapping[str, float] = field(default_factory=dict)
    """Attempts at steps and calls, by the name in the step's ``uses``."""


@dataclass(frozen=True)
class Outlook:
    """An estimate of the amount that the new runs would add to the usage of one budget."""

    budget: BudgetRow
    would_use: int
    """The usage in one window of the budget, in the budget's unit."""
    fits: bool
    """True if the budget has room for this usage."""


def outlook(per_run: PerRun, runs_in: Callable[[float], float], *, workflow: str = "", beside: bool) -> list[Outlook]:
    """Estimate the future use of the tenant's budgets.

    ``runs_in`` returns how many runs start within a number of seconds.
    """
    tenant = current_tenant().id
    budgets = budgets_of(tenant)
    prices = prices_of(tenant) if any(budget.metric == COST for budget in budgets) else {}
    found = []
    for budget in budgets:
        seconds = WINDOW_SECONDS.get(budget.window)
        uses = _uses(budget, per_run, prices)
        if seconds is None or uses is None or (_of_workflow(budget) and budget.scope != workflow):
            continue
        wanted = math.ceil(uses * runs_in(seconds))
        found.append(Outlook(budget, wanted, wanted <= (budget.room if beside else budget.limit)))
    return found


def _of_workflow(budget: BudgetRow) -> bool:
    return bool(budget.scope) and not budget.scope.startswith(OF_CONNECTOR)


def _uses(budget: BudgetRow, per_run: PerRun, prices: Mapping[str, int]) -> float | None:
    # None if runs of this kind do not use the budget.
    if budget.metric == RUNS:
        return 1.0
    if budget.metric == STEPS:
        return per_run.steps
    counted = {uses: times for uses, times in per_run.by_name.items() if budget.connector in {None, uses}}
    if budget.metric == CALLS:
        return sum(times for uses, times in counted.items() if not is_flow(uses))
    if budget.metric == COST:
        return sum(times * prices.get(uses, 0) for uses, times in counted.items())
    return None
