"""The error of what a budget rejects."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError


def exceeded(name: str, metric: str) -> NormalizedError:
    """name: the budget's, in words."""
    return NormalizedError(
        "BUDGET_EXCEEDED",
        f"The tenant's budget of {name} is used up, and its action is to reject. Raise it with `setBudget`, or set its action to "
        "THROTTLE, which makes runs wait instead; then start the run again.",
        details={"metric": metric},
    )
