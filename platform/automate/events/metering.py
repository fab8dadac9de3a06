"""Applies the budgets of a tenant to the events that the tenant receives.

If a budget with the action ``REJECT`` is full, the whole request is refused. Budgets with the action ``THROTTLE`` count
an event only when rules match this event: see ``events.delaying``.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from automate.audit.tallies import TalliedAction, record_counted
from automate.budgets.kinds import EVENTS, LockedBudget
from automate.budgets.queries import counts_received
from automate.budgets.spending.claims import lock_events
from automate.budgets.spending.transitions import Crossing, spend
from automate.budgets.windows import shown
from automate.events.models import NEW
from automate.kernel.errors import NormalizedError
from automate.kernel.metrics import BUDGET_REFUSALS
from automate.kernel.transactions import within_transaction


class MeteredIngest(Protocol):
    @property
    def outcome(self) -> str: ...


T = TypeVar("T", bound=MeteredIngest)


class _FullError(Exception):
    # Rolls back the accepted events. `wanted` is the number of new events.
    def __init__(self, budget: LockedBudget, wanted: int) -> None:
        super().__init__()
        self.budget, self.wanted = budget, wanted


def is_metered(tenant_id: uuid.UUID) -> bool:
    return counts_received(tenant_id)


def within_budgets(
    tenant_id: uuid.UUID, record: Callable[[], list[T]], announce: Callable[[Sequence[Crossing]], None]
) -> list[T]:
    """Record events and count the new events, in one transaction.

    During a redelivery, the caller has already opened this transaction.

    Raises BUDGET_EXCEEDED with ``retry_after_seconds`` if a budget rejects the new events.
    """
    # After BUDGET_EXCEEDED, no event is accepted.
    try:
        with within_transaction():
            budgets = lock_events(tenant_id)
            recorded = record()
            new = sum(one.outcome == NEW for one in recorded)
            _refuse_where_full(budgets, new)
            announce(spend({budget.id: new for budget in budgets}, {}))
            return recorded
    except _FullError as full:
        refusal = full
    _note(tenant_id, refusal)
    budget = refusal.budget
    name = shown(budget.metric, budget.window, budget.label, budget.scope)
    raise NormalizedError(
        "BUDGET_EXCEEDED",
        f"The request has {refusal.wanted:,} new events, but the tenant's budget of {name} has room for {budget.room:,}. The "
        "action of this budget is REJECT. Send the events again after the budget resets, or raise the budget with `setBudget`.",
        details={"metric": EVENTS, "retry_after_seconds": max(1, math.ceil(budget.ends))},
    )


def _refuse_where_full(budgets: Sequence[LockedBudget], new: int) -> None:
    for budget in budgets:
        if budget.room is not None and budget.room < new:
            raise _FullError(budget, new)


def _note(tenant_id: uuid.UUID, full: _FullError) -> None:
    # In the ledger of usage and in the audit record.
    BUDGET_REFUSALS.labels(EVENTS, "reject").inc(full.wanted)
    with within_transaction():
        lock_events(tenant_id)
        spend({full.budget.id: 0}, {full.budget.id: full.wanted})
        act = TalliedAction(
            "budget.reject", tenant_id, reason=EVENTS, object_kind="budget", object_id=EVENTS, object_label=EVENTS
        )
        record_counted(act, full.wanted)
