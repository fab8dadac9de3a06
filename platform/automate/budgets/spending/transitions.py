"""Changes the amounts of budgets with a window. A transaction adds one ledger row per budget and kind of change."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from automate.budgets.reservations import Ends
from automate.budgets.windows import ENDS, RESETS, STARTED, USED
from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch

Held: TypeAlias = Mapping[uuid.UUID, tuple[str, int]]
"""The amounts to reserve, by budget: the start of the window, and the amount."""
WindowAmounts: TypeAlias = Mapping[tuple[uuid.UUID, str], int]
"""Amounts by budget and start of the window."""
NOTHING: Held = {}
NO_ENDS: Ends = {}
THRESHOLDS = (80, 100)
"""Percent of a limit. A budget that reaches one of them creates an event ``budget.threshold``."""

# `used` in the row includes what calls reserve, and thresholds count both. `counted` is what the transaction has added.
REACHED = f"""
    SELECT m.id, m.metric, m."window", m.scope_label, m."limit", m.action, m.used, m.window_start, m.resets_at, m.scope, t.percent
    FROM moved m CROSS JOIN unnest(ARRAY{list(THRESHOLDS)}) WITH ORDINALITY AS t (percent, place)
    WHERE (m.used - m.counted) * 100 < m."limit" * t.percent AND m."limit" * t.percent <= m.used * 100
    ORDER BY m.id, t.place
"""
ENTER = "INSERT INTO budget_entry (id, tenant_id, budget_id, window_start, kind, amount, reserved, refused, made_at)"
# now() is the start of the transaction. A transaction that waited for the lock until after the window's end spends from the
# new window, and must not move the window back. A reservation names its window, so it must be the one that was planned for.
SPEND = f"""
WITH asked AS (
    SELECT * FROM unnest(%(budgets)s::uuid[], %(spent)s::bigint[], %(held)s::bigint[], %(started)s::timestamptz[], %(refused)s::bigint[],
                         %(entries)s::uuid[], %(holding)s::uuid[]) AS a (id, spent, held, started, refused, entry, holding)
), moved AS (
    UPDATE budget b SET used = {USED} + a.spent + a.held, window_start = {STARTED}, resets_at = {RESETS}
    FROM asked a
    WHERE b.id = a.id AND (b.action = 'alert' OR a.spent + a.held = 0 OR {USED} + a.spent + a.held <= b."limit")
      AND coalesce(a.started = {STARTED}, true)
    RETURNING b.*, a.spent, a.held, a.spent + a.held AS counted, a.refused, a.entry, a.holding
), logged AS (
    {ENTER}
    SELECT e.id, tenant_id, m.id, window_start, e.kind, e.amount, e.reserved, e.refused, now()
    FROM moved m CROSS JOIN LATERAL (VALUES
        (entry, CASE WHEN spent > 0 THEN 'settle' ELSE 'refuse' END, spent, 0, m.refused), (holding, 'reserve', 0, held, 0)
    ) AS e (id, kind, amount, reserved, refused) WHERE e.amount <> 0 OR e.reserved <> 0 OR e.refused <> 0
)
SELECT (SELECT count(*) FROM moved), reached.* FROM (SELECT) AS always LEFT JOIN ({REACHED}) AS reached ON true
"""
# A settled reservation stays in `used`, so the row of the budget is neither locked nor changed.
SETTLE = f"""
{ENTER}
SELECT e.id, public.automate_tenant_id(), e.budget_id, e.started, 'settle', e.amount, -e.amount, 0, now()
FROM unnest(%(entries)s::uuid[], %(budgets)s::uuid[], %(started)s::timestamptz[], %(amounts)s::bigint[]) AS e (id, budget_id, started, amount)
"""
# A reservation belongs to its window. If the budget has a newer window, or was deleted, only the ledger changes.
RELEASE = f"""
WITH freed AS (
    SELECT * FROM unnest(%(entries)s::uuid[], %(budgets)s::uuid[], %(started)s::timestamptz[], %(amounts)s::bigint[])
        AS f (entry, id, started, amount)
), moved AS (
    UPDATE budget b SET used = b.used - f.amount FROM freed f WHERE b.id = f.id AND b.window_start = f.started
)
{ENTER}
SELECT f.entry, public.automate_tenant_id(), f.id, f.started, 'release', 0, -f.amount, 0, now() FROM freed f
"""
LOCK_ROWS = "SELECT id FROM budget WHERE id = ANY (%s::uuid[]) ORDER BY id FOR UPDATE"
CROSSES = " OR ".join(
    f'b.used * 100 < b."limit" * {percent} AND b."limit" * {percent} <= (b.used + a.amount) * 100'
    for percent in THRESHOLDS
)
# The usual case in a cheap form: each budget's window is open, and no limit and no threshold is reached. Otherwise it moves
# nothing, but has locked the rows for SPEND. Rows are locked in the common order, and ``plain`` follows from locked rows.
MOVE_PLAINLY = f"""
WITH held AS (
    SELECT a.*, {ENDS} > now() AND (b.action = 'alert' OR b.used + a.amount <= b."limit")
           AND coalesce(a.started = b.window_start, true) AND NOT ({CROSSES}) AS plain
    FROM unnest(%(budgets)s::uuid[], %(amounts)s::bigint[], %(started)s::timestamptz[]) AS a (id, amount, started)
    JOIN budget b ON b.id = a.id ORDER BY b.id FOR UPDATE OF b
), moved AS (
    UPDATE budget b SET used = b.used + h.amount FROM held h
    WHERE b.id = h.id AND (SELECT bool_and(plain) AND count(*) = %(count)s FROM held)
    RETURNING b.id, b.window_start
)
{ENTER}
SELECT e.id, public.automate_tenant_id(), e.budget_id, coalesce(e.started, m.window_start), e.kind, e.amount, e.reserved, 0, now()
FROM unnest(%(entries)s::uuid[], %(entered)s::uuid[], %(entered_in)s::timestamptz[], %(kinds)s::text[], %(used)s::bigint[], %(reserved)s::bigint[])
    AS e (id, budget_id, started, kind, amount, reserved)
LEFT JOIN moved m ON m.id = e.budget_id WHERE EXISTS (SELECT FROM moved)
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
    """After the transaction, including what calls reserve."""
    window_start: datetime
    resets_at: datetime
    scope: str
    percent: int
    """Of THRESHOLDS."""


def spend(spent: Mapping[uuid.UUID, int], refused: Mapping[uuid.UUID, int], held: Held = NOTHING) -> list[Crossing]:
    """Add uses and refused uses to the rows of budgets. Also reserve the amounts in ``held``.

    The caller must hold the locks of the budgets' rows. Returns the thresholds that were reached. Raises OverspentError
    if an amount exceeds a limit, or if a reservation belongs to a window that is not open.
    """
    budgets = [budget for budget in {**spent, **held} if spent.get(budget) or budget in refused or budget in held]
    if not budgets:
        return []
    rows = fetch(
        SPEND,
        {
            "budgets": _array(budgets),
            "spent": _array(spent.get(budget, 0) for budget in budgets),
            "held": _array(held[budget][1] if budget in held else 0 for budget in budgets),
            "started": _array(held[budget][0] if budget in held else "NULL" for budget in budgets),
            "refused": _array(refused.get(budget, 0) for budget in budgets),
            "entries": _array(new_id() for _ in budgets),
            "holding": _array(new_id() for _ in budgets),
        },
    )
    ((changed, *_), *_) = rows
    if changed < len(budgets):
        raise OverspentError
    return [Crossing(*reached) for _, *reached in rows if reached[0] is not None]


def end(ends: Ends) -> None:
    """Settle and release reservations. Before the call, lock the row of each budget whose amounts are released."""
    for statement, amounts in ((SETTLE, settled_of(ends)), (RELEASE, released_of(ends))):
        if amounts:
            execute(statement, _ends_parameters(amounts))


def settled_of(ends: Ends) -> WindowAmounts:
    return {key: settled for key, (settled, _) in ends.items() if settled}


def released_of(ends: Ends) -> WindowAmounts:
    return {key: released for key, (_, released) in ends.items() if released}


def _ends_parameters(amounts: WindowAmounts) -> dict[str, str | int]:
    return {
        "entries": _array(new_id() for _ in amounts),
        "budgets": _array(budget for budget, _ in amounts),
        "started": _array(started for _, started in amounts),
        "amounts": _array(amounts.values()),
    }


def lock_rows(budgets: Iterable[uuid.UUID]) -> None:
    """Lock the rows of budgets for steps, calls and cost. All transactions lock these rows in the same order."""
    fetch(LOCK_ROWS, [_array(budgets)])


class Spending:
    """The amounts that one transaction moves in budgets. The transaction has not locked the rows of the budgets."""

    def __init__(self, spent: Mapping[uuid.UUID, int], held: Held = NOTHING, ends: Ends = NO_ENDS) -> None:
        self._spent, self._held, self._ends = spent, held, ends
        self._released = released_of(ends)

    @property
    def statement(self) -> tuple[str, Mapping[str, str | int]] | None:
        """The SQL statement that changes the amounts, with its parameters. The value is None if amounts are released."""
        if self._released:
            return None
        settled = settled_of(self._ends)
        return self._moves(settled) if self._spent or self._held else (SETTLE, _ends_parameters(settled))

    def _moves(self, settled: WindowAmounts) -> tuple[str, Mapping[str, str | int]]:
        # The entries in columns: budget, start of the window if the entry names one, kind, and amounts.
        spent, held = self._spent, self._held
        moved = dict(spent)
        for budget, (_, amount) in held.items():
            moved[budget] = moved.get(budget, 0) + amount
        return MOVE_PLAINLY, {
            "budgets": _array(moved),
            "amounts": _array(moved.values()),
            "started": _array(held[budget][0] if budget in held else "NULL" for budget in moved),
            "count": len(moved),
            "entries": _array(new_id() for _ in range(len(spent) + len(held) + len(settled))),
            "entered": _array([*spent, *held, *(budget for budget, _ in settled)]),
            "entered_in": _array(
                ["NULL"] * len(spent) + [started for started, _ in held.values()] + [started for _, started in settled]
            ),
            "kinds": _array(["settle"] * len(spent) + ["reserve"] * len(held) + ["settle"] * len(settled)),
            "used": _array([*spent.values(), *([0] * len(held)), *settled.values()]),
            "reserved": _array(
                [0] * len(spent) + [amount for _, amount in held.values()] + [-amount for amount in settled.values()]
            ),
        }

    def settle(self, touched: int) -> list[Crossing]:
        """Complete the changes after the caller has executed ``statement``. Return the thresholds that budgets reached.

        ``touched`` is the number of rows that ``statement`` changed. If ``touched`` is 0, ``statement`` has changed no
        amount. Then ``settle`` executes other statements, which change the amounts.
        """
        if touched:
            return []
        lock_rows({*self._spent, *self._held, *(budget for budget, _ in self._released)})
        end(self._ends)
        return spend(self._spent, {}, self._held)

    def spend(self) -> list[Crossing]:
        """Execute ``statement``, and then call ``settle``. Return the thresholds that budgets reached."""
        plain = self.statement
        return self.settle(0 if plain is None else execute(*plain))


def _array(values: Iterable[uuid.UUID | int | str]) -> str:
    # Faster than a Python list, whose elements psycopg examines one by one to find their type.
    return f"{{{','.join(map(str, values))}}}"


class OverspentError(RuntimeError):
    """An amount exceeds the limit of a budget, or a window has ended.

    This error is a bug if the transaction holds the lock on the budget's row. Without the lock, another transaction
    can use the budget meanwhile.
    """
