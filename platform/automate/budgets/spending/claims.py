"""Reads and locks budgets whose use is counted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from automate.budgets.kinds import EVENTS, METERED, LockedBudget
from automate.budgets.models import ALERT, REJECT, THROTTLE
from automate.budgets.queries import COUNTS_RECEIVED
from automate.budgets.windows import RESETS, STARTED, USED
from automate.kernel.sql import fetch

READ_COUNTED = f"""
SELECT b.id, b.metric, b."window", b.scope, b.scope_label, b."limit", b.action, {USED}, extract(epoch FROM {RESETS} - now()), {STARTED}, NULL
FROM budget b WHERE tenant_id = %s AND metric = ANY (%s)
"""
LOCK_COUNTED = READ_COUNTED.replace(
    "FROM budget b WHERE tenant_id = %s AND metric = ANY (%s)",
    "FROM (SELECT * FROM budget WHERE tenant_id = %s AND metric = ANY (%s) ORDER BY id FOR UPDATE) b",
)


LOCK_EVENTS = LOCK_COUNTED.replace("metric = ANY (%s)", f"metric = '{EVENTS}' AND {COUNTS_RECEIVED}")
# The last column: only events that were received before this time are counted.
LOCK_DELAYING = LOCK_COUNTED.replace(
    "metric = ANY (%s)", f"metric = '{EVENTS}' AND (action = '{THROTTLE}' OR matched_until IS NOT NULL)"
).replace(", NULL\nFROM", f", CASE WHEN action <> '{THROTTLE}' THEN matched_until END\nFROM")


def lock_events(tenant_id: uuid.UUID) -> list[LockedBudget]:
    """Lock the tenant's budgets that count received events."""
    return [counted_budget(BudgetRow._make(row)) for row in fetch(LOCK_EVENTS, [tenant_id])]


def lock_delaying(tenant_id: uuid.UUID) -> dict[LockedBudget, datetime | None]:
    """Lock the tenant's budgets that count an event when the event is matched, not when the event arrives.

    Returns each budget with a time or with None. A budget with a time counts only events that were received before
    this time.
    """
    rows = fetch(LOCK_DELAYING, [tenant_id])
    return {counted_budget(BudgetRow._make((*row, None))): until for *row, until in rows}


def lock_counted(tenant_id: uuid.UUID, *metrics: str) -> list[LockedBudget]:
    """Lock the tenant's budgets of the given metrics. Call ``spend`` in the same transaction."""
    return [counted_budget(BudgetRow._make(row)) for row in fetch(LOCK_COUNTED, [tenant_id, list(metrics)])]


def read_metered(tenant_id: uuid.UUID) -> list[LockedBudget]:
    """Read the tenant's budgets of steps, calls and cost, without a lock."""
    return [counted_budget(BudgetRow._make(row)) for row in fetch(READ_COUNTED, [tenant_id, list(METERED)])]


class BudgetRow(NamedTuple):
    """A row that describes one budget. The statements LOCK, LOCK_COUNTED and READ_COUNTED return such rows."""

    id: uuid.UUID
    metric: str
    window: str
    scope: str
    label: str
    limit: int
    action: str
    used: int
    """Including what calls reserve."""
    ends: Decimal
    started: datetime
    holders: Sequence[uuid.UUID] | None
    """The runs with a slot, for CONCURRENT_RUNS."""


def counted_budget(row: BudgetRow) -> LockedBudget:
    budget_id, metric, window, scope, label, limit, action, used, ends, started, _ = row
    room, begins = None if action == ALERT else max(0, limit - used), started.isoformat()
    return LockedBudget(budget_id, metric, window, scope, label, limit, action == REJECT, room, float(ends), begins)
