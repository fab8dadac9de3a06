"""Gives tenants the budgets of their plan."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.budgets import transitions as slots
from automate.budgets.kinds import CONCURRENT_RUNS
from automate.budgets.models import RUN_SLOT
from automate.budgets.planned import transitions
from automate.budgets.settings import PlannedBudget
from automate.kernel.transactions import after_commit, require_transaction
from automate.outbox.wakeups import wake_relay


def derive_budgets(tenant_ids: Sequence[uuid.UUID], planned: Sequence[PlannedBudget]) -> None:
    """Give tenants the budgets of their plan. If a tenant's own limit is lower, the tenant keeps that limit.

    Requires the platform's scope. Call this function in the transaction that changes the plan.
    """
    require_transaction()
    transitions.lock_all(tenant_ids)
    rooms = transitions.derive(tenant_ids, planned)
    if not rooms:
        return
    changed = sorted({tenant for tenant, _ in rooms})
    metrics = {metric for _, metric in rooms}
    causes = metrics | {RUN_SLOT} if CONCURRENT_RUNS in metrics else metrics
    woken = 0
    for tenant, cause in transitions.waiting(changed, causes):
        if cause in {CONCURRENT_RUNS, RUN_SLOT}:
            woken += slots.widen(tenant)
        elif (tenant, cause) in rooms:
            woken += slots.wake(tenant, cause, rooms[tenant, cause])
    if woken:
        after_commit(wake_relay)
