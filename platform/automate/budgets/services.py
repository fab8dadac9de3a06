"""Sets and deletes budgets of a tenant. If a change makes room in a budget, work that waits for the budget is woken."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from automate.audit import services as audit
from automate.budgets import transitions
from automate.budgets.delayed import transitions as delayed
from automate.budgets.kinds import CONCURRENT_RUNS, EVENTS, METERED
from automate.budgets.models import ALERT, OF_CONNECTOR, THROTTLE
from automate.budgets.queries import BudgetRow, budgets_by_id, budgets_of
from automate.budgets.settings import BudgetSettings, check_budgets
from automate.budgets.spending.transitions import THRESHOLDS, Crossing
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.problems import no_such
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import after_commit, in_transaction
from automate.outbox.wakeups import wake_relay

MOST_BUDGETS = 40
"""Maximum number of a tenant's budgets. Each budget that counts runs is locked whenever a run starts."""
Announce = Callable[[Sequence[Crossing]], None]
"""Creates the events of reached thresholds."""


def set_budget(
    wanted: BudgetSettings, workflow_id: uuid.UUID | None = None, *, announce: Announce, only_new: bool = False
) -> BudgetRow:
    """Create or change a budget of the tenant.

    If ``wanted`` names a workflow, ``workflow_id`` is the id of this workflow. If the use of
    the current window reaches thresholds because the limit is lower now, ``announce`` gets these thresholds.

    Raises BAD_USER_INPUT or LIMIT_EXCEEDED. Raises CONFLICT if ``only_new`` is True and the budget exists already.
    """
    check_budgets(wanted)
    limit = wanted.units
    tenant = current_tenant().id
    scope, label = "", ""
    if wanted.workflow is not None:
        scope, label = str(workflow_id), wanted.workflow
    elif wanted.connector is not None:
        scope, label = f"{OF_CONNECTOR}{wanted.connector}", wanted.connector
    with in_transaction():
        transitions.lock_budgets(tenant)
        there = budgets_of(tenant)
        before = next(
            (one for one in there if (one.metric, one.window, one.scope) == (wanted.metric, wanted.window, scope)), None
        )
        if before is not None and only_new:
            message = f'The budget "{before.name}" exists already. Change that budget, or choose another window.'
            raise NormalizedError("CONFLICT", message, path=["onlyNew"])
        if before is None and len(there) >= MOST_BUDGETS:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"This tenant has {MOST_BUDGETS} budgets, which is the maximum. First delete a budget with `deleteBudget`.",
                details={"most": MOST_BUDGETS},
            )
        if before is not None and before.ceiling is not None and limit > before.ceiling:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"`limit` is {limit:,}, but the tenant's plan allows at most {before.ceiling:,}. Set a lower limit, or ask the "
                "operator of the platform for another plan.",
                details={"ceiling": before.ceiling},
                path=["limit"],
            )
        if before is not None and wanted.action == ALERT and before.ceiling_action not in {"", ALERT}:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"`action` ALERT is not allowed for this budget. The tenant's plan sets {before.ceiling_action.upper()}, but ALERT would let "
                "work exceed the limit. Set THROTTLE or REJECT. To use ALERT, set a budget with another `window`.",
                details={"ceiling_action": before.ceiling_action},
                path=["action"],
            )
        if before is not None:
            _check_waiting(tenant, before, wanted.action)
        row_id = before.id if before else new_id()
        transitions.save_budget(
            row_id, tenant, metric=wanted.metric, window=wanted.window, scope=scope, label=label,
            limit=limit, action=wanted.action,
        )  # fmt: skip
        after = budgets_by_id(tenant, [row_id])[row_id]
        changes = audit.differences(_described(before) if before else {}, _described(after))
        if changes:
            audit.record("budget.set", "budget", row_id, after.name, changes)
            _wake(tenant, after)
        crossings = _reached(before, after) if before else []
        if crossings:
            announce(crossings)
            after_commit(wake_relay)
        return after


def delete_budget(row_id: uuid.UUID) -> uuid.UUID:
    """Remove a budget of the tenant. If the plan has a limit for this budget, the plan's limit applies again.

    Raises NOT_FOUND if the budget does not exist.
    """
    tenant = current_tenant().id
    with in_transaction():
        transitions.lock_budgets(tenant)
        before = budgets_by_id(tenant, [row_id]).get(row_id)
        if before is None:
            raise no_such("budget", "id", "budgets", "id")
        if before.ceiling is None:
            transitions.remove_budget(row_id)
            audit.record(
                "budget.delete",
                "budget",
                row_id,
                before.name,
                {name: (value, None) for name, value in _described(before).items()},
            )
            _wake(tenant, before, removed=True)
            return row_id
        _check_waiting(tenant, before, before.ceiling_action or THROTTLE)
        transitions.save_budget(
            row_id, tenant, metric=before.metric, window=before.window, scope=before.scope, label=before.label,
            limit=before.ceiling, action=before.ceiling_action or THROTTLE,
        )  # fmt: skip
        after = budgets_by_id(tenant, [row_id])[row_id]
        audit.record(
            "budget.delete", "budget", row_id, before.name, audit.differences(_described(before), _described(after))
        )
        _wake(tenant, after)
        return row_id


def _reached(before: BudgetRow, after: BudgetRow) -> list[Crossing]:
    # The thresholds that the new limit moves below the use of the window.
    taken = after.used + after.reserved
    if after.window_start is None or after.resets_at is None or not taken:
        return []
    return [
        Crossing(
            after.id, after.metric, after.window, after.label, after.limit, after.action, taken, after.window_start,
            after.resets_at, after.scope, percent,
        )
        for percent in THRESHOLDS
        if after.limit * percent <= taken * 100 < before.limit * percent
    ]  # fmt: skip


def _check_waiting(tenant: uuid.UUID, before: BudgetRow, action: str) -> None:
    # Waiting events are accepted already, so another action would let them all pass the plan's limit.
    leaves = before.metric == EVENTS and before.action == THROTTLE and action != THROTTLE
    if leaves and before.ceiling is not None and delayed.oldest(tenant, 1):
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`action` cannot change to {action.upper()} while events wait for this budget. The waiting events would then "
            "exceed the limit of the tenant's plan. Wait until the events are matched, or ask the operator of the platform for another plan.",
            details={"ceiling": before.ceiling},
            path=["action"],
        )


def _wake(tenant: uuid.UUID, budget: BudgetRow, *, removed: bool = False) -> None:
    # At most as many as the budget has room for. Each woken run asks all its budgets again.
    if budget.metric == CONCURRENT_RUNS:
        woken = transitions.widen(tenant)
    else:
        # A run uses one run, but any number of steps and calls.
        unbounded = removed or budget.action != THROTTLE or (budget.room and budget.metric in METERED)
        woken = transitions.wake(tenant, budget.metric, None if unbounded else budget.room)
    if woken:
        after_commit(wake_relay)


def _described(budget: BudgetRow) -> dict[str, str | int | None]:
    return {
        "metric": budget.metric,
        "window": budget.window,
        "workflow": budget.workflow,
        "connector": budget.connector,
        "limit": budget.limit,
        "action": budget.action,
    }
