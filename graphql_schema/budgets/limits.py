"""Reads the limit of a budget from an input."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from automate.budgets.choices import BudgetMetric
from automate.budgets.prices import millionths
from automate.kernel.errors import NormalizedError


def limit_of(metric: BudgetMetric, limit: int | None, cost_limit: Decimal | None, path: Sequence[str] = ()) -> int:
    """Return the limit in the unit of the metric.

    Raises BAD_USER_INPUT if none or both of the limits are given, or if the limit does not suit the metric.
    """
    if cost_limit is not None and metric is not BudgetMetric.COST:
        message = f"`costLimit` is only for COST, and the metric is {metric.name}. Give `limit` instead."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "costLimit"])
    if (limit is None) == (cost_limit is None):
        message = "A budget needs exactly one limit. Give `limit`, or for COST `costLimit`, but not both."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "limit"])
    return limit if limit is not None else millionths(cost_limit or Decimal(0), [*path, "costLimit"])
