"""The limit of a budget. For COST it is given in millionths or in the currency."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from automate.budgets.choices import BudgetMetric
from automate.budgets.prices import millionths
from automate.kernel.errors import NormalizedError


def limit_of(metric: BudgetMetric, limit: int | None, cost_limit: Decimal | None, path: Sequence[str] = ()) -> int:
    """The limit in the metric's unit. Raises NormalizedError BAD_USER_INPUT unless exactly one suitable limit is given."""
    if cost_limit is not None and metric is not BudgetMetric.COST:
        message = f"`costLimit` is for COST; give `limit` for {metric.name}."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "costLimit"])
    if (limit is None) == (cost_limit is None):
        message = "Give `limit`, or `costLimit` for COST, and not both."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "limit"])
    return limit if limit is not None else millionths(cost_limit or Decimal(0), [*path, "costLimit"])
