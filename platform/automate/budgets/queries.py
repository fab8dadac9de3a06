"""The budgets and prices of tenants, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from automate.budgets.kinds import COST, EVENTS
from automate.budgets.models import MILLIONTHS, OF_CONNECTOR, THROTTLE
from automate.budgets.windows import ENDS, RESETS, STARTED, USED, shown
from automate.kernel.queries import RowReader
from automate.kernel.sql import fetch

SLOTS = """
SELECT t.id, (SELECT count(*) FROM budget_slot s WHERE s.tenant_id = t.id AND s.working) FROM unnest(%s::uuid[]) AS t (id)
"""
SELECT_PRICES = """
SELECT e.key, e.value FROM public.tenant t JOIN public.plan p ON p.slug = t.plan, jsonb_each_text(p.prices) e WHERE t.id = %s
"""
_OF_EVENTS = f"public.budget WHERE tenant_id = %(tenant)s AND metric = '{EVENTS}'"
COUNTS_RECEIVED = f"(action <> '{THROTTLE}' AND (matched_until IS NULL OR matched_until <= now()))"
"""Condition on a budget of events: it counts the events that are received now. After its action has changed from THROTTLE,
it counts older events, and those of the next seconds, when rules match them."""
RECEIVED = f"{_OF_EVENTS} AND {COUNTS_RECEIVED}"
"""The budgets that count events when they are received."""
DELAYING = f"{_OF_EVENTS} AND (action = '{THROTTLE}' OR matched_until > (SELECT min(received_at) FROM event WHERE id = ANY (%(events)s)))"
"""The budgets that count at least one of these events when rules match them."""
IN_ORDER = """
ORDER BY array_position(ARRAY['events', 'runs', 'steps', 'concurrent_runs', 'calls', 'cost'], b.metric::text), b.scope_label,
         array_position(ARRAY['minute', 'hour', 'day', 'month', 'always'], b."window"::text), b.id
"""


@dataclass(frozen=True)
class BudgetRow:
    """A budget with its use in the current window."""

    id: uuid.UUID
    metric: str
    window: str
    scope: str
    """See ``Budget``."""
    label: str
    """See ``Budget.scope_label``."""
    limit: int
    ceiling: int | None
    """The limit of the tenant's plan."""
    action: str
    used: int
    """The use within the open window, without what calls reserve."""
    resets_at: datetime | None
    window_start: datetime | None
    read_at: datetime
    ceiling_action: str
    """The action of the tenant's plan. Empty without a ceiling."""
    reserved: int
    """The amount that calls without a known outcome reserve in the open window."""

    @property
    def room(self) -> int:
        """The amount that is neither used nor reserved."""
        return max(0, self.limit - self.used - self.reserved)

    @property
    def forecast(self) -> datetime | None:
        """The forecast of the time at which the use of the budget reaches the limit.

        The forecast assumes the average rate of this window so far. Reserved amounts count. The result is None if the
        use does not reach the limit in this window.
        """
        taken = self.used + self.reserved
        if self.resets_at is None or self.window_start is None or not taken:
            return None
        if self.room == 0:
            return self.read_at
        passed = (self.read_at - self.window_start).total_seconds()
        seconds = passed * self.room / taken
        if seconds >= (self.resets_at - self.read_at).total_seconds():
            return None
        return self.read_at + timedelta(seconds=seconds)

    @property
    def name(self) -> str:
        """The name of the budget in words, such as ``runs per day``."""
        return shown(self.metric, self.window, self.label, self.scope)

    @property
    def workflow(self) -> str | None:
        """The slug of the workflow that the budget counts, or None if it counts all workflows."""
        return None if self.connector else self.label or None

    @property
    def connector(self) -> str | None:
        """The name of the connector that the budget counts, or None if it counts all connectors."""
        return self.label if self.scope.startswith(OF_CONNECTOR) else None

    @property
    def cost_limit(self) -> Decimal | None:
        return Decimal(self.limit) / MILLIONTHS if self.metric == COST else None

    @property
    def cost_used(self) -> Decimal | None:
        return Decimal(self.used) / MILLIONTHS if self.metric == COST else None


# A budget's row counts what is used and what is reserved together. The ledger of effects has what calls in flight reserve.
_RESERVED = f"CASE WHEN {ENDS} > now() THEN coalesce(r.amount, 0) ELSE 0 END"
# The use of concurrent_runs is the number of held slots.
_WORKING = "(SELECT count(*) FROM public.budget_slot s WHERE s.tenant_id = b.tenant_id AND s.working)"
_row = RowReader(
    BudgetRow,
    "b",
    {
        "window": 'b."window"',
        "label": "b.scope_label",
        "limit": 'b."limit"',
        "used": f"CASE WHEN b.metric = 'concurrent_runs' THEN {_WORKING} ELSE {USED} - {_RESERVED} END",
        "resets_at": RESETS,
        "window_start": f"CASE WHEN b.\"window\" <> 'always' THEN {STARTED} END",
        "read_at": "now()",
        "ceiling_action": "CASE WHEN b.ceiling IS NOT NULL THEN coalesce(nullif(b.ceiling_action, ''), 'throttle') ELSE '' END",
        "reserved": _RESERVED,
    },
)
SELECT_BUDGETS = f"""
WITH reserved AS (
    SELECT (part ->> 0)::uuid AS id, (part ->> 1)::timestamptz AS started, sum((part ->> 2)::bigint)::bigint AS amount
    FROM effect e CROSS JOIN jsonb_array_elements(e.reserved -> 'budgets') part WHERE e.reserved IS NOT NULL GROUP BY 1, 2
)
SELECT {_row.columns} FROM public.budget b LEFT JOIN reserved r ON r.id = b.id AND r.started = b.window_start
WHERE b.tenant_id = %(tenant)s
"""


def slots_of(tenant_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return the number of run slots of each tenant. Requires the platform's scope."""
    return dict(fetch(SLOTS, [list(tenant_ids)]))


def budgets_of(tenant_id: uuid.UUID) -> list[BudgetRow]:
    """Return all budgets of a tenant."""
    return [_row(row) for row in fetch(SELECT_BUDGETS + IN_ORDER, {"tenant": tenant_id})]


def prices_of(tenant_id: uuid.UUID) -> dict[str, int]:
    """Return the prices of steps and connectors in the tenant's plan, in millionths."""
    rows = fetch(SELECT_PRICES, [tenant_id])
    return {uses: int(price) for uses, price in rows}


def counts_received(tenant_id: uuid.UUID) -> bool:
    """Return whether a budget of the tenant counts each event when the platform receives the event."""
    return bool(fetch(f"SELECT 1 FROM {RECEIVED} LIMIT 1", {"tenant": tenant_id}))


def budgets_by_id(tenant_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, BudgetRow]:
    rows = fetch(SELECT_BUDGETS + " AND b.id = ANY (%(ids)s)", {"tenant": tenant_id, "ids": list(ids)})
    return {budget.id: budget for budget in map(_row, rows)}
