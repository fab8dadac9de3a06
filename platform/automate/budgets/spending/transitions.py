"""Spends budgets that count the usage in a window. Each transaction adds one ledger row per budget."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from automate.budgets.windows import ENDS, RESETS, STARTED, USED
from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch

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
CROSSES = " OR ".join(
    f'b.used * 100 < b."limit" * {percent} AND b."limit" * {percent} <= (b.used + a.spent) * 100'
    for percent in THRESHOLDS
)
# The usual case in a cheap form: each budget's window is open, and no limit and no threshold is reached. Otherwise it spends
# nothing, but has locked the rows for SPEND. Rows are locked in the common order, and ``plain`` follows from locked rows.
SPEND_PLAINLY = f"""
WITH held AS (
    SELECT b.id, a.spent, a.entry,
           {ENDS} > now() AND (b.action = 'alert' OR b.used + a.spent <= b."limit") AND NOT ({CROSSES}) AS plain
    FROM unnest(%(budgets)s::uuid[], %(spent)s::bigint[], %(entries)s::uuid[]) AS a (id, spent, entry)
    JOIN budget b ON b.id = a.id ORDER BY b.id FOR UPDATE OF b
), moved AS (
    UPDATE budget b SET used = b.used + h.spent FROM held h
    WHERE b.id = h.id AND (SELECT bool_and(plain) FROM held)
    RETURNING b.tenant_id, b.id, b.window_start, h.spent, h.entry
)
INSERT INTO budget_entry (id, tenant_id, budget_id, window_start, kind, amount, refused, made_at)
SELECT entry, tenant_id, id, window_start, 'settle', spent, 0, now() FROM moved
"""


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


def spend(spent: Mapping[uuid.UUID, int], refused: Mapping[uuid.UUID, int]) -> list[Crossing]:
    """Count accepted and refused uses of budgets. The caller has locked the rows of the budgets.

    Returns the thresholds that were reached. Raises OverspentError if an amount exceeds a limit.
    """
    budgets = [budget for budget, count in spent.items() if count or budget in refused]
    if not budgets:
        return []
    rows = fetch(
        SPEND,
        {
            "budgets": _array(budgets),
            "spent": _array(spent[budget] for budget in budgets),
            "refused": _array(refused.get(budget, 0) for budget in budgets),
            "entries": _array(new_id() for _ in budgets),
        },
    )
    ((changed, *_), *_) = rows
    if changed < len(budgets):
        raise OverspentError
    return [Crossing(*reached) for _, *reached in rows if reached[0] is not None]


class Spending:
    """The amounts that one transaction spends from budgets. The transaction has not locked the rows of the budgets."""

    def __init__(self, spent: Mapping[uuid.UUID, int]) -> None:
        self._spent = spent

    @property
    def statement(self) -> tuple[str, Mapping[str, str]]:
        """The statement that spends the amounts, with its parameters."""
        amounts = {
            "budgets": _array(self._spent),
            "spent": _array(self._spent.values()),
            "entries": _array(new_id() for _ in self._spent),
        }
        return SPEND_PLAINLY, amounts

    def settle(self, touched: int) -> list[Crossing]:
        """Finish the spending after the caller has executed ``statement``. Return the thresholds that budgets reached.

        ``touched`` is the number of rows that ``statement`` changed. If ``statement`` changed too few rows,
        it spent nothing. Then ``settle`` executes another statement, which spends the amounts.
        """
        return [] if touched == len(self._spent) else spend(self._spent, {})

    def spend(self) -> list[Crossing]:
        """Execute ``statement``, and finish the spending. Return the thresholds that budgets reached."""
        return self.settle(execute(*self.statement))


def _array(values: Iterable[uuid.UUID | int]) -> str:
    # Faster than a Python list, whose elements psycopg examines one by one to find their type.
    return f"{{{','.join(map(str, values))}}}"


class OverspentError(RuntimeError):
    """An amount exceeds the limit of a budget.

    This error is a bug if the transaction holds the lock on the budget's row. Without the lock, another transaction
    can use the budget meanwhile.
    """
