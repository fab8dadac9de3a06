"""A process's copy of a tenant's budgets. The budgets limit steps, calls and cost."""

from __future__ import annotations

import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from automate.budgets.kinds import CALLS, COST, METERED, LockedBudget
from automate.budgets.models import OF_CONNECTOR
from automate.budgets.queries import prices_of
from automate.budgets.reservations import Ends, Reservation, ends_of
from automate.budgets.spending import claims
from automate.budgets.spending.transitions import released_of
from automate.budgets.windows import shown
from automate.runs.advance import Advance
from automate.runs.asks import FREE, Ask
from automate.runs.round_spending import RoundMoves, RoundSpending, SpentMeanwhileError, note_reservations, spent_by
from automate.runs.work import HeldRun

REMEMBER_SECONDS = 1.0
"""Maximum age of the values."""
FORGET_SECONDS = 3.0
"""A process forgets its view of the budgets after this time. The tenant's cached state can miss a new budget
only for a shorter time."""
AMPLE = 1_000
"""While all budgets have room for this number of steps, new runs are planned without the lock of the budgets'
rows."""


class BudgetMeter:
    """The budgets of one tenant in this process."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        # counts: such a budget exists. asks: steps must be counted, for a budget or for prices. locked: this transaction
        # holds the locks of the rows, so the values are exact.
        self.counts = self.asks = self.locked = False
        self._tenant_id = tenant_id
        self._budgets: Sequence[LockedBudget] = ()
        self._rooms: dict[LockedBudget, int] = {}
        """Without what ``_taken`` has used since."""
        self._taken: dict[Ask, int] = {}
        self._credit = sys.maxsize
        """Steps that all budgets surely have room for, whatever steps they are."""
        self._prices: Mapping[str, int] = {}
        self._asks: dict[tuple[int, str, frozenset[str]], Ask] = {}
        """The ask of a step while all budgets have room, by workflow, the name in its ``uses``, and metrics."""
        self._read_at = self._priced_at = float("-inf")
        self._owed: Mapping[LockedBudget, tuple[int, int]] = {}
        self._was_full = False
        self.reservations: Sequence[Reservation] = ()
        """The different reservations of the rounds that were passed to ``spending``."""

    def refresh(self, *, metered: bool, priced: bool) -> None:
        self.locked, self._owed = False, {}
        now = time.monotonic()
        if priced and now - self._priced_at >= REMEMBER_SECONDS:
            self._learn_prices()
        elif self._prices and not priced and now - self._priced_at >= FORGET_SECONDS:
            self._prices, self._asks = {}, {}
        self.asks = self.counts or bool(self._prices)
        age = time.monotonic() - self._read_at
        if metered and age >= REMEMBER_SECONDS:
            self.know(claims.read_metered(self._tenant_id))
        elif self.counts and age >= FORGET_SECONDS:
            self.know(())

    def know(self, budgets: Sequence[LockedBudget], *, locked: bool = False) -> None:
        self._budgets, self.counts, self.locked = budgets, bool(budgets), locked
        self._was_full &= not locked
        self._rooms = {budget: budget.room for budget in budgets if budget.room is not None}
        self._asks, self._taken, self._owed = {}, {}, {}
        now = self._read_at = time.monotonic()
        if now - self._priced_at >= REMEMBER_SECONDS and any(budget.metric == COST for budget in budgets):
            self._learn_prices()
        self.asks = self.counts or bool(self._prices)
        self._count_down()

    def _learn_prices(self) -> None:
        self._prices, self._priced_at, self._asks = prices_of(self._tenant_id), time.monotonic(), {}
        self._count_down()

    def _count_down(self) -> None:
        for ask, times in self._taken.items():
            for budget, amount in ask.amounts:
                if budget in self._rooms:
                    self._rooms[budget] -= amount * times
        self._taken = {}
        most = max(self._prices.values(), default=1) or 1
        self._credit = min(
            (room // (most if budget.metric == COST else 1) for budget, room in self._rooms.items()),
            default=sys.maxsize,
        )

    def moves(self, made: Sequence[Advance]) -> bool:
        """Return whether the transaction that writes the rounds ``made`` can change amounts of budgets."""
        return self.counts or bool(self._owed) or any(this.ends or this.intents for this in made)

    @property
    def ample(self) -> bool:
        """True if the budgets have enough room to plan rounds without a lock on the budgets."""
        return self.counts and self._credit >= AMPLE and not self._was_full

    def lock_next(self) -> None:
        """Request a lock on the budgets. The budgets are then locked before the next rounds are planned."""
        self.locked, self._was_full = False, True

    def begin(
        self, admitted: Sequence[LockedBudget] | None, owed: Mapping[LockedBudget, tuple[int, int]], *, reads: bool
    ) -> None:
        # `admitted`: the budgets that admission has locked, or None. `owed`: uses and refusals from admission.
        if admitted is not None:
            self.know(admitted, locked=True)
        elif reads and self.counts and not self.ample:
            self.lock()
        self._owed = owed

    def check_parks(self, made: Sequence[Advance]) -> None:
        # Such a run could miss its wakeup.
        for this in made:
            if this.parked in METERED and not (this.refused and self.locked):
                this.release(0.0)

    def lock(self) -> None:
        # The transaction must already hold the locks on the jobs of the planned runs.
        self.know(claims.lock_counted(self._tenant_id, *METERED), locked=True)

    def ask(self, run: HeldRun, uses: str, metrics: frozenset[str]) -> Ask:
        """Decide whether a step may start.

        A step can start only if each of its budgets has room for the step. A refused step uses no budget.
        """
        kind = run.version.workflow_id.int, uses, metrics  # a UUID hashes itself in Python
        ask = self._asks.get(kind)
        if ask is None:
            ask = self._asks[kind] = self._ask_of(run.version.workflow_id, uses, metrics)
        return ask if self._credit > 0 else self._ask_exactly(ask)

    def _ask_exactly(self, ask: Ask) -> Ask:
        self._count_down()
        full, rooms = None, self._rooms
        for budget, amount in ask.amounts:
            room = rooms.get(budget)
            # Prefer a budget that rejects; then the budget that is full for the longest time.
            if (
                room is not None
                and room < amount
                and (full is None or (budget.rejects, budget.ends) > (full.rejects, full.ends))
            ):
                full = budget
        return ask if full is None else replace(ask, full=full)

    def _ask_of(self, workflow_id: uuid.UUID, uses: str, metrics: frozenset[str]) -> Ask:
        price = self._prices.get(uses, 0)
        scopes = ("", f"{OF_CONNECTOR}{uses}", str(workflow_id))
        amounts = [
            (budget, price if budget.metric == COST else 1)
            for budget in self._budgets
            if budget.metric in metrics and budget.scope in scopes and (price or budget.metric != COST)
        ]
        return Ask(amounts, None, uses, price, CALLS in metrics) if amounts or price else FREE

    def take(self, made: Advance, ask: Ask, attempt: int) -> None:
        if ask is FREE:
            return
        takes, used = made.takes, (ask, attempt)
        takes[used] = takes.get(used, 0) + 1
        self._taken[ask] = self._taken.get(ask, 0) + 1
        self._credit -= 1

    def refuse(self, made: Advance, ask: Ask) -> str:
        made.over |= not self.locked
        full = ask.full
        if full is None:
            raise LookupError("all budgets have room")
        amount = next(amount for budget, amount in ask.amounts if budget is full)
        made.refused[full] = made.refused.get(full, 0) + amount
        return shown(full.metric, full.window, full.label, full.scope)

    def spending(self, made: Sequence[Advance]) -> RoundSpending | None:
        """Return the amounts of budgets that the rounds ``made`` use. Return None if the rounds use no budget.

        The transaction that writes the rounds must also spend these amounts.

        Raises SpentMeanwhileError if a budget refused a round, but the cached values of the budget can be outdated.
        """
        if not self.locked and any(this.over for this in made):
            raise SpentMeanwhileError
        owed, self._owed = self._owed, {}
        spent, held = spent_by(owed, made)
        self.reservations = note_reservations(made)
        refused: dict[uuid.UUID, int] = defaultdict(int)
        refusing: dict[uuid.UUID, LockedBudget] = {}
        for budget, (_, missed) in owed.items():
            if missed:
                refused[budget.id] += missed
        for this in made:
            for budget, amount in this.refused.items():
                refused[budget.id] += amount
                refusing[budget.id] = budget
        ends = ends_of(end for this in made for end in this.ends)
        if not spent and not held and not refused and not ends:
            return None
        moves = RoundMoves(spent, held, ends, refused)
        return RoundSpending(self._tenant_id, moves, refusing.values(), self._room_from(ends), locked=self.locked)

    def _room_from(self, ends: Ends) -> dict[str, int | None]:
        # By metric: the number of waiting runs to wake. None wakes all: the runs that have waited longest may wait for
        # another budget of the metric, or may need more than was released.
        room: dict[str, int | None] = {}
        for (budget_id, _), released in released_of(ends).items():
            own = [budget.metric for budget in self._budgets if budget.id == budget_id]
            for metric in own or (CALLS, COST):
                only = metric == CALLS and sum(budget.metric == CALLS for budget in self._budgets) == 1
                before = room.get(metric, 0)
                room[metric] = before + released if only and before is not None else None
        return room
