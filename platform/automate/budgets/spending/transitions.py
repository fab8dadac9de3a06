"""Spends budgets that count within a window. Each budget is one row. Each transaction adds one row to the ledger of each spent
budget.

``spend`` runs in the statement after the one that locked the rows, see ``claims``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
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
SELECT (SELECT count(*) FROM moved), reached.*
FROM (SELECT) AS always LEFT JOIN (
    SELECT m.id, m.metric, m."window", m.scope_label, m."limit", m.action, m.used, m.window_start, m.resets_at, m.scope, t.percent
    FROM moved m CROSS JOIN unnest(ARRAY{list(THRESHOLDS)}) WITH ORDINALITY AS t (percent, place)
    WHERE (m.used - m.spent) * 100 < m."limit" * t.percent AND m."limit" * t.percent <= m.used * 100
    ORDER BY m.id, t.place
) AS reached ON true
"""
# If no earlier statement has locked the rows: locks them in the common order. Each row counts only itself, so the UPDATE uses
# the values of the row that it waited for.
LOCK_AND_SPEND = SPEND.replace(
    "), moved AS (",
    "), held AS (\n    SELECT id FROM budget WHERE id = ANY (%(budgets)s::uuid[]) ORDER BY id FOR UPDATE\n), moved AS (",
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
            "budgets": _array(budgets),
            "spent": _array(spent[budget] for budget in budgets),
            "refused": _array(refused.get(budget, 0) for budget in budgets),
            "entries": _array(new_id() for _ in budgets),
        },
    )
    if rows[0][0] < len(budgets):
        raise OverspentError
    return [Crossing(*reached) for _, *reached in rows if reached[0] is not None]


def _array(values: Iterable[uuid.UUID | int]) -> str:
    """Write an array as a literal of PostgreSQL. psycopg would examine each element of a list to find the array's type."""
    return f"{{{','.join(map(str, values))}}}"


class OverspentError(RuntimeError):
    """A budget has no room for the amount. If its row was locked before, this is a bug."""
