"""Spend budgets that count within a window. Each budget is one row; each transaction adds one row to each one's ledger.

``spend`` runs in the statement after the one that locked the rows, see ``claims``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from automate.budgets.windows import RESETS, STARTED, USED
from automate.kernel.ids import new_id
from automate.kernel.sql import fetch

THRESHOLDS = (80, 100)
"""Percent of a limit. A budget that reaches one of them creates an event ``budget.threshold``."""

# now() is the start of the transaction. A transaction that waited for the lock until after the window's end spends from the
# new window, and must not move the window back.
SPEND = f"""
WITH asked AS (
    SELECT * FROM unnest(%(budgets)s::uuid[], %(spent)s::bigint[], %(refused)s::bigint[], %(entries)s::uuid[])
        AS a (id, spent, refused, entry)
), moved AS (
    UPDATE budget b SET used = {USED} + a.spent, window_start = {STARTED}, resets_at = {RESETS}
    FROM asked a
    WHERE b.id = a.id AND (b.action = 'alert' OR a.spent = 0 OR {USED} + a.spent <= b."limit")
    RETURNING b.*, a.spent, a.refused, a.entry
), logged AS (
    INSERT INTO budget_entry (id, tenant_id, budget_id, window_start, kind, amount, refused, made_at)
    SELECT entry, tenant_id, id, window_start, CASE WHEN spent > 0 THEN 'settle' ELSE 'refuse' END, spent, refused, now() FROM moved
)
SELECT id, metric, "window", scope_label, "limit", action, used, window_start, resets_at, scope, used - spent FROM moved
"""
# If no earlier statement has locked the rows: locks them in the common order. Each row counts only itself, so the UPDATE uses
# the values of the row that it waited for.
LOCK_AND_SPEND = SPEND.replace(
    "), moved AS (",
    "), held AS (\n    SELECT id FROM budget WHERE id = ANY (%(budgets)s) ORDER BY id FOR UPDATE\n), moved AS (",
).replace("FROM asked a\n", "FROM asked a JOIN held h ON h.id = a.id\n")


@dataclass(frozen=True)
class Crossing:
    """A budget that reached a threshold in this transaction."""

    budget_id: uuid.UUID
    metric: str
    window: str
    label: str
    limit: int
    action: str
    used: int
    """After the transaction."""
    window_start: datetime
    resets_at: datetime
    scope: str
    percent: int
    """Of THRESHOLDS."""


def spend(spent: Mapping[uuid.UUID, int], refused: Mapping[uuid.UUID, int], *, locked: bool = True) -> list[Crossing]:
    """Count spent and refused amounts in these budgets. Returns the reached thresholds.

    spent: of each budget, possibly 0. refused: of some of them. locked: whether the caller has locked their rows.

    Raises OverspentError if a limit has no room, which the caller's lock rules out. A removed budget has no limit.
    """
    budgets = [budget for budget, count in spent.items() if count or budget in refused]
    if not budgets:
        return []
    rows = fetch(
        SPEND if locked else LOCK_AND_SPEND,
        {
            "budgets": budgets,
            "spent": [spent[budget] for budget in budgets],
            "refused": [refused.get(budget, 0) for budget in budgets],
            "entries": [new_id() for _ in budgets],
        },
    )
    if len(rows) < len(budgets):
        raise OverspentError
    return [
        Crossing(*(*row[:10], percent))
        for row in rows
        for percent in THRESHOLDS
        if row[10] * 100 < row[4] * percent <= row[6] * 100
    ]


class OverspentError(RuntimeError):
    """A budget has no room for the amount. If its row was locked before, this is a bug."""
