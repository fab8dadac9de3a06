"""The budgets that tenants and plans may set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automate.budgets.kinds import CALLS, CONCURRENT_RUNS, COST, EVENTS, RUNS, STEPS
from automate.budgets.models import ACTIONS, ALERT, ALWAYS, DAY, HOUR, MINUTE, MONTH, REJECT, THROTTLE
from automate.kernel.errors import NormalizedError

MOST_LIMIT = 10**15
_COUNTED = (MINUTE, HOUR, DAY, MONTH)


@dataclass(frozen=True)
class AllowedBudgets:
    """The budgets that may be set for one metric."""

    windows: Sequence[str] = _COUNTED
    actions: Sequence[str] = ACTIONS
    by_workflow: bool = True
    """Also for a single workflow."""
    by_connector: bool = False
    """Also for a single connector."""


OFFERS: Mapping[str, AllowedBudgets] = {
    EVENTS: AllowedBudgets(actions=(REJECT, ALERT), by_workflow=False),
    RUNS: AllowedBudgets(),
    STEPS: AllowedBudgets(),
    CONCURRENT_RUNS: AllowedBudgets(windows=(ALWAYS,), actions=(THROTTLE, REJECT), by_workflow=False),
    CALLS: AllowedBudgets(by_connector=True),
    COST: AllowedBudgets(by_connector=True),
}


def check_offered(
    metric: str,
    window: str,
    limit: int,
    action: str,
    *,
    by_workflow: bool = False,
    by_connector: bool = False,
    path: Sequence[str] = (),
) -> None:
    """Check that the platform offers a budget with these settings. Raises BAD_USER_INPUT if it does not."""
    offer = OFFERS.get(metric)
    if offer is None:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`metric` is {metric[:64]}, which does not exist. Use one of {', '.join(one.upper() for one in OFFERS)}.",
            path=[*path, "metric"],
        )
    name = metric.upper()
    if window not in offer.windows:
        windows = ", ".join(one.upper() for one in offer.windows)
        message = f"`window` is {window.upper()}, which budgets of {name} do not have. Set it to one of {windows}."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "window"])
    if action not in offer.actions:
        actions = ", ".join(one.upper() for one in offer.actions)
        message = f"`action` is {action.upper()}, which budgets of {name} do not have. Set it to one of {actions}."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "action"])
    if by_workflow and not offer.by_workflow:
        message = f"A budget of {name} cannot be limited to one workflow. Leave out `workflow`."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "workflow"])
    if by_connector and not offer.by_connector:
        message = (
            f"A budget of {name} cannot be limited to one connector. Only CALLS and COST can. Leave out `connector`."
        )
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "connector"])
    if by_workflow and by_connector:
        message = "`workflow` and `connector` are both set, but a budget can be limited to only one of them. Leave out the other."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "connector"])
    if not 0 <= limit <= MOST_LIMIT:
        message = f"`limit` is {limit}; it must be from 0 to {MOST_LIMIT:,}."
        raise NormalizedError("BAD_USER_INPUT", message, path=[*path, "limit"])
