"""Changes the amounts of budgets with a window. A transaction adds one ledger row per budget and kind of change."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from automate.budgets.reservations import Ends
from automate.budgets.windows import ENDS, RESERVED, RESETS, STARTED, USED
from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch

Held: TypeAlias = Mapping[uuid.UUID, tuple[str, int]]
"""The amounts to reserve, by budget: the start of the window, and the amount."""
NOTHING: Held = {}
NO_ENDS: Ends = {}
THRESHOLDS = (80, 100)
"""Percent of a limit. A budget that reaches one of them creates an event ``budget.threshold``."""

# In an open window: what calls reserve, and what is used.
HELD = "CASE WHEN b.reserved_in = b.window_start THEN b.reserved ELSE 0 END"
COUNTED = f"(b.used - {HELD})"
# Thresholds count what is used, not what is reserved. `counted` is what the transaction has added.
REACHED = f"""
    SELECT m.id, m.metric, m."window", m.scope_label, m."limit", m.action, m.used - m.reserved, m.window_start, m.resets_at, m.scope, t.percent
    FROM moved m CROSS JOIN unnest(ARRAY{list(THRESHOLDS)}) WITH ORDINALITY AS t (percent, place)
    WHERE (m.used - m.reserved - m.counted) * 100 < m."limit" * t.percent AND m."limit" * t.percent <= (m.used - m.reserved) * 100
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
    UPDATE budget b SET used = {USED} + a.spent + a.held, reserved = {RESERVED} + a.held, reserved_in = {STARTED},
           window_start = {STARTED}, resets_at = {RESETS}
    FROM asked a
    WHERE b.id = a.id AND (b.action = 'alert' OR a.spent + a.held = 0 OR {USED} + a.spent + a.held <= b."limit")
      AND coalesce(a.started = {STARTED}, true)
    RETURNING b.*, a.spent AS counted, a.held, a.refused, a.entry, a.holding
), logged AS (
    {ENTER}
    SELECT e.id, tenant_id, m.id, window_start, e.kind, e.amount, e.reserved, e.refused, now()
    FROM moved m CROSS JOIN LATERAL (VALUES
        (entry, CASE WHEN counted > 0 THEN 'settle' ELSE 'refuse' END, counted, 0, m.refused), (holding, 'reserve', 0, held, 0)
    ) AS e (id, kind, amount, reserved, refused) WHERE e.amount <> 0 OR e.reserved <> 0 OR e.refused <> 0
)
SELECT (SELECT count(*) FROM moved), reached.* FROM (SELECT) AS always LEFT JOIN ({REACHED}) AS reached ON true
"""
# A reservation belongs to its window. If the budget has a newer window, only the ledger changes. Without the budget, nothing does.
# Rows of the former release may lack the end of their window, which the event of a threshold states.
SETTLE = f"""
WITH ended AS (
    SELECT * FROM unnest(%(budgets)s::uuid[], %(started)s::timestamptz[], %(settled)s::bigint[], %(released)s::bigint[],
                         %(entries)s::uuid[], %(freeing)s::uuid[]) AS e (id, started, settled, released, entry, freeing)
), moved AS (
    UPDATE budget b SET used = b.used - e.released, reserved = b.reserved - e.settled - e.released,
           resets_at = CASE WHEN b."window" <> 'always' THEN {ENDS} END
    FROM ended e WHERE b.id = e.id AND b.window_start = e.started AND b.reserved_in = e.started
    RETURNING b.*, e.settled AS counted
), logged AS (
    {ENTER}
    SELECT l.id, b.tenant_id, b.id, e.started, l.kind, l.amount, l.reserved, 0, now()
    FROM ended e JOIN budget b ON b.id = e.id CROSS JOIN LATERAL (VALUES
        (entry, 'settle', settled, -settled), (freeing, 'release', 0, -released)
    ) AS l (id, kind, amount, reserved) WHERE l.reserved <> 0
)
{REACHED}
"""
LOCK_ROWS = "SELECT id FROM budget WHERE id = ANY (%s::uuid[]) ORDER BY id FOR UPDATE"
CROSSES = " OR ".join(
    f'{COUNTED} * 100 < b."limit" * {percent} AND b."limit" * {percent} <= ({COUNTED} + a.spent + a.settled) * 100'
    for percent in THRESHOLDS
)
# The usual case in a cheap form: each budget's window is open, and no limit and no threshold is reached. Otherwise it moves
# nothing, but has locked the rows for SETTLE and SPEND. Rows are locked in the common order, and ``plain`` follows from locked
# rows.
MOVE_PLAINLY = f"""
WITH held AS (
    SELECT a.*, {ENDS} > now() AND (b.action = 'alert' OR a.spent + a.held = 0 OR b.used + a.spent + a.held <= b."limit")
           AND coalesce(a.started = b.window_start, true) AND NOT ({CROSSES}) AS plain
    FROM unnest(%(budgets)s::uuid[], %(spent)s::bigint[], %(held)s::bigint[], %(settled)s::bigint[], %(released)s::bigint[],
                %(started)s::timestamptz[], %(entries)s::uuid[], %(holding)s::uuid[], %(freeing)s::uuid[])
         AS a (id, spent, held, settled, released, started, entry, holding, freeing)
    JOIN budget b ON b.id = a.id ORDER BY b.id FOR UPDATE OF b
), moved AS (
    UPDATE budget b SET used = b.used + h.spent + h.held - h.released, reserved = {HELD} + h.held - h.settled - h.released,
           reserved_in = b.window_start
    FROM held h
    WHERE b.id = h.id AND (SELECT bool_and(plain) AND count(*) = %(count)s FROM held)
    RETURNING b.tenant_id, b.window_start, h.*
)
{ENTER}
SELECT e.id, tenant_id, m.id, window_start, e.kind, e.amount, e.reserved, 0, now()
FROM moved m CROSS JOIN LATERAL (VALUES
    (entry, 'settle', spent + settled, -settled), (holding, 'reserve', 0, held), (freeing, 'release', 0, -released)
) AS e (id, kind, amount, reserved) WHERE e.amount <> 0 OR e.reserved <> 0
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
    """After the transaction, without what calls reserve."""
    window_start: datetime
    resets_at: datetime
    scope: str
    percent: int
    """Of THRESHOLDS."""


def spend(spent: Mapping[uuid.UUID, int], refused: Mapping[uuid.UUID, int], held: Held = NOTHING) -> list[Crossing]:
    """Count accepted and refused uses of budgets, and reserve the amounts in ``held``.

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


def end(ends: Ends) -> list[Crossing]:
    """Settle and release reservations. The caller has locked the rows of the budgets. Returns the reached thresholds."""
    if not ends:
        return []
    rows = fetch(
        SETTLE,
        {
            "budgets": _array(budget for budget, _ in ends),
            "started": _array(started for _, started in ends),
            "settled": _array(settled for settled, _ in ends.values()),
            "released": _array(released for _, released in ends.values()),
            "entries": _array(new_id() for _ in ends),
            "freeing": _array(new_id() for _ in ends),
        },
    )
    return [Crossing(*row) for row in rows]


def lock_rows(budgets: Iterable[uuid.UUID]) -> None:
    """Lock the rows of budgets for steps, calls and cost. All transactions lock these rows in the same order."""
    fetch(LOCK_ROWS, [_array(budgets)])


class Spending:
    """The amounts that one transaction moves in budgets. The transaction has not locked the rows of the budgets."""

    def __init__(self, spent: Mapping[uuid.UUID, int], held: Held = NOTHING, ends: Ends = NO_ENDS) -> None:
        self._spent, self._held, self._ends = spent, held, ends
        self._moves = _moves_of(spent, held, ends)

    @property
    def statement(self) -> tuple[str, Mapping[str, str | int]] | None:
        """The statement that moves the amounts, with its parameters. None if the amounts belong to several windows."""
        if self._moves is None:
            return None
        moves = self._moves.values()
        amounts: dict[str, str | int] = {
            "budgets": _array(self._moves),
            "spent": _array(one.spent for one in moves),
            "held": _array(one.held for one in moves),
            "settled": _array(one.settled for one in moves),
            "released": _array(one.released for one in moves),
            "started": _array(one.started or "NULL" for one in moves),
            "count": len(moves),
        }
        for name in ("entries", "holding", "freeing"):
            amounts[name] = _array(new_id() for _ in moves)
        return MOVE_PLAINLY, amounts

    def settle(self, touched: int) -> list[Crossing]:
        """Finish the moves after the caller has executed ``statement``. Return the thresholds that budgets reached.

        ``touched`` is the number of rows that ``statement`` changed. If ``statement`` changed no row, it moved
        nothing. Then ``settle`` executes other statements, which move the amounts.
        """
        if self._moves is None:
            lock_rows({*self._spent, *self._held, *(budget for budget, _ in self._ends)})
        elif touched:
            return []
        return end(self._ends) + spend(self._spent, {}, self._held)

    def spend(self) -> list[Crossing]:
        """Execute ``statement``, and finish the moves. Return the thresholds that budgets reached."""
        plain = self.statement
        return self.settle(0 if plain is None else execute(*plain))


@dataclass
class _Moves:
    # Of one budget.
    spent: int = 0
    held: int = 0
    settled: int = 0
    released: int = 0
    started: str = ""


def _moves_of(spent: Mapping[uuid.UUID, int], held: Held, ends: Ends) -> Mapping[uuid.UUID, _Moves] | None:
    moves = {budget: _Moves(spent=amount) for budget, amount in spent.items()}
    for budget, (started, amount) in held.items():
        one = moves.setdefault(budget, _Moves())
        one.held, one.started = amount, started
    for (budget, started), (settled, released) in ends.items():
        one = moves.setdefault(budget, _Moves())
        if one.started not in {"", started}:
            return None
        one.settled, one.released, one.started = settled, released, started
    return moves


def _array(values: Iterable[uuid.UUID | int | str]) -> str:
    # Faster than a Python list, whose elements psycopg examines one by one to find their type.
    return f"{{{','.join(map(str, values))}}}"


class OverspentError(RuntimeError):
    """An amount exceeds the limit of a budget, or a window has ended.

    This error is a bug if the transaction holds the lock on the budget's row. Without the lock, another transaction
    can use the budget meanwhile.
    """
