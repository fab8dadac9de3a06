"""One process's view of a tenant's budgets of steps, calls and cost.

A tenant without such budgets costs nothing here: their existence is read with the tenant, once a second, and when runs start.

While rounds are planned, room is counted down in memory. The transaction that writes the rounds spends it with one
statement, which refuses to exceed a limit. Rounds are planned again under the lock of the budgets' rows if there is no
room, or if a step would be refused by outdated values: see docs/decisions/budgets-are-one-row.md.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from automate.audit.tallies import TalliedAction, record_counted
from automate.budgets import claims
from automate.budgets.kinds import COST, METERED, LockedBudget
from automate.budgets.models import OF_CONNECTOR
from automate.budgets.queries import prices_of
from automate.budgets.spending.transitions import OverspentError, spend
from automate.budgets.windows import shown
from automate.events.services import announce_thresholds
from automate.kernel.metrics import BUDGET_REFUSALS
from automate.runs.advance import Advance
from automate.runs.asks import FREE, Ask
from automate.runs.work import HeldRun

REMEMBER_SECONDS = 1.0
"""Maximum age of the values."""
FORGET_SECONDS = 3.0
"""Longer than the tenant's cached state may deny that such a budget exists."""


class SpentMeanwhileError(Exception):
    """Other processes have spent the room that these rounds planned to use. Plan the rounds again under the lock."""


class BudgetMeter:
    """The budgets of one tenant, in one process.

    counts: whether such a budget exists. asks: whether steps must be counted, for a budget or for prices. locked: this
    transaction holds the rows, so the values are exact."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self.counts = self.asks = self.locked = False
        self._tenant_id = tenant_id
        self._budgets: Sequence[LockedBudget] = ()
        self._rooms: dict[LockedBudget, int] = {}
        self._prices: Mapping[str, int] = {}
        self._asks: dict[tuple[int, str, frozenset[str]], Ask] = {}
        """The ask of a step while all budgets have room, by workflow, the name in its ``uses``, and metrics."""
        self._read_at = self._priced_at = float("-inf")
        self._owed: Mapping[LockedBudget, tuple[int, int]] = {}

    def refresh(self, *, metered: bool, priced: bool) -> None:
        """Note whether the tenant has such budgets and prices. Call it before each pass. metered, priced: as in the tenant's
        cached state.
        """
        self.locked = False
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
        """Store the read values of budgets. locked: this transaction also locked them."""
        self._budgets, self.counts, self.locked = budgets, bool(budgets), locked
        self._rooms = {budget: budget.room for budget in budgets if budget.room is not None}
        self._asks, self._owed = {}, {}
        now = self._read_at = time.monotonic()
        if now - self._priced_at >= REMEMBER_SECONDS and any(budget.metric == COST for budget in budgets):
            self._learn_prices()
        self.asks = self.counts or bool(self._prices)

    def _learn_prices(self) -> None:
        self._prices, self._priced_at, self._asks = prices_of(self._tenant_id), time.monotonic(), {}

    def begin(
        self, admitted: Sequence[LockedBudget] | None, owed: Mapping[LockedBudget, tuple[int, int]], *, reads: bool
    ) -> None:
        """Call before the first round of runs. admitted: the budgets that their admission locked. If it is None, they are locked
        here if reads is true. owed: the amounts that ``spend`` has to spend and to refuse with those of the rounds.
        """
        if admitted is not None:
            self.know(admitted, locked=True)
            self._owed = owed
        elif reads and self.counts:
            self.lock()

    def check_parks(self, made: Sequence[Advance]) -> None:
        """Prevent parks for a budget that was read before this transaction: no later change of the budget would wake the run."""
        for this in made:
            if this.parked in METERED and not (this.refused and self.locked):
                this.release(0.0)

    def lock(self) -> None:
        """Lock the rows of the budgets. Requires the locks on the jobs of the planned runs."""
        self.know(claims.lock_counted(self._tenant_id, *METERED), locked=True)

    def ask(self, run: HeldRun, uses: str, metrics: frozenset[str]) -> Ask:
        """Decide whether a step may start, or a call may be sent. It uses all its budgets or none."""
        kind = run.version.workflow_id.int, uses, metrics  # a UUID hashes itself in Python
        ask = self._asks.get(kind)
        if ask is None:
            ask = self._asks[kind] = self._ask_of(run.version.workflow_id, uses, metrics)
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
        return Ask(amounts, None, uses, price) if amounts or price else FREE

    def take(self, made: Advance, ask: Ask, attempt: int) -> None:
        """Count down the use of an attempt in memory. The round spends it later, and records its price."""
        if ask.price:
            used = attempt, ask.uses
            made.costs[used] = made.costs.get(used, 0) + ask.price
        for budget, amount in ask.amounts:
            if budget in self._rooms:
                self._rooms[budget] -= amount
            made.spends[budget] += amount

    def refuse(self, made: Advance, ask: Ask) -> str:
        """Record that a budget has no room. Returns the budget's name."""
        made.over |= not self.locked
        full = ask.full
        if full is None:
            raise LookupError("all budgets have room")
        amount = next(amount for budget, amount in ask.amounts if budget is full)
        made.refused[full] += amount
        return shown(full.metric, full.window, full.label, full.scope)

    def spend(self, made: Sequence[Advance]) -> bool:
        """Spend the amounts that the rounds planned. Requires the transaction that writes them. Returns whether thresholds were
        reached; each creates an event.

        Raises SpentMeanwhileError if other processes have spent the room.
        """
        owed, self._owed = self._owed, {}
        spent = _sums({budget: amount for budget, (amount, _) in owed.items()}, [this.spends for this in made])
        refused = _sums(
            {budget: missed for budget, (_, missed) in owed.items() if missed}, [this.refused for this in made]
        )
        if not spent and not refused:
            return False
        try:
            spent_of, refused_of = _by_id(spent), _by_id(refused)
            crossings = spend({**dict.fromkeys(refused_of, 0), **spent_of}, refused_of, locked=self.locked)
        except OverspentError as error:
            if self.locked:
                raise
            raise SpentMeanwhileError from error
        for budget in {budget.id: budget for budget in refused if budget not in owed}.values():
            self._count(budget)
        if crossings:
            announce_thresholds(crossings)
        return bool(crossings)

    def _count(self, budget: LockedBudget) -> None:
        metric = budget.metric
        BUDGET_REFUSALS.labels(metric, "reject" if budget.rejects else "wait").inc()
        if budget.rejects:
            act = TalliedAction("budget.reject", self._tenant_id, reason=metric, object_kind="budget", object_id=metric, object_label=metric)  # fmt: skip
            record_counted(act, 1)


def _sums(first: dict[LockedBudget, int], others: Iterable[Mapping[LockedBudget, int]]) -> dict[LockedBudget, int]:
    sums = defaultdict(int, first)
    for amounts in others:
        for budget, amount in amounts.items():
            sums[budget] += amount
    return sums


def _by_id(amounts: Mapping[LockedBudget, int]) -> dict[uuid.UUID, int]:
    """Sum up the amounts of each budget: rounds may have been planned with two readings of the same budget."""
    sums: dict[uuid.UUID, int] = defaultdict(int)
    for budget, amount in amounts.items():
        sums[budget.id] += amount
    return sums
