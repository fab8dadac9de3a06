"""The error for a run or step that a budget rejects."""

from __future__ import annotations

from automate.kernel.errors import NormalizedError


def exceeded(name: str, metric: str) -> NormalizedError:
    """Make the error for a budget without room. ``name`` is the budget's name."""
    return NormalizedError(
        "BUDGET_EXCEEDED",
        f"The tenant's budget of {name} is used up, and its action is REJECT. Raise its limit with `setBudget`, or set its action "
        "to THROTTLE, which makes runs wait instead. Then start the run again.",
        details={"metric": metric},
    )
