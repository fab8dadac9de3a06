"""The error of a run or step that a budget rejects."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError


def exceeded(name: str, metric: str) -> NormalizedError:
    """Return the error for a budget that is used up."""
    return NormalizedError(
        "BUDGET_EXCEEDED",
        f"The tenant's budget of {name} is used up, and the budget rejects further use. Raise the limit with `setBudget`, or set "
        "the budget's action to THROTTLE, so that runs wait instead. Then start the run again.",
        details={"metric": metric},
    )
