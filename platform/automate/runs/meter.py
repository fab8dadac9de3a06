"""What the budgets of steps, calls and cost let a tenant's runs do, as one process knows it.

A tenant without such budgets costs nothing here: whether it has some is read with the tenant, once a second, and where runs begin.

While rounds are planned, room is counted down in memory. The transaction that writes the rounds spends what they planned, in one
statement that no limit lets pass. Where it finds no room, or where a step is to be refused by what was only read before, the
rounds are planned again under the lock of the budgets' rows: see docs/decisions/budgets-are-one-row.md.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from automate.audit.tallies import Act, record_counted
from automate.budgets import claims
from automate.budgets.kinds import COST, METERED, Counted
from automate.budgets.models import OF_CONNECTOR
from automate.budgets.queries import prices_of
from automate.budgets.spending.transitions import OverspentError, spend
from automate.budgets.windows import shown
from automate.events.services import announce_thresholds
from automate.kernel.metrics import BUDGET_REFUSALS
from automate.runs.asks import FREE, Ask
from automate.runs.round import Round
from automate.runs.work import RunState

REMEMBER_SECONDS = 1.0
"""How old what is known may be."""
FORGET_SECONDS = 3.0
"""Longer than what is remembered of a tenant may say that it has no such budget."""


class FullError(Exception):
    """Others have spent what these rounds planned to spend. They have to be planned again under the lock."""


class Meter:
    """Of one tenant, for one process. counts: whether there is such a budget. asks: whether there is one, or prices, so that each
    step has to be counted. locked: this transaction holds the rows, so what is known is exact."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self.counts = self.asks = self.locked = False
        self._tenant_id = tenant_id
        self._budgets: Sequence[Counted] = ()
        self._rooms: dict[Counted, int] = {}
        self._prices: Mapping[str, int] = {}
        self._asks: dict[tuple[int, str, frozenset[str]], Ask] = {}
        """What a step asks for while all budgets have room, by workflow, the name that the step uses, and metrics."""
        self._read_at = self._priced_at = float("-inf")

    def refresh(self, *, metered: bool, priced: bool) -> None:
        """Call it before each pass. metered, priced: whether the tenant has such a budget, and prices, as far as is known."""
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

    def know(self, budgets: Sequence[Counted], *, locked: bool = False) -> None:
        """Take in what was read. locked: and locked, by this transaction."""
        self._budgets, self.counts, self.locked = budgets, bool(budgets), locked
        self._rooms = {budget: budget.room for budget in budgets if budget.room is not None}
        self._asks = {}
        now = self._read_at = time.monotonic()
        if now - self._priced_at >= REMEMBER_SECONDS and any(budget.metric == COST for budget in budgets):
            self._learn_prices()
        self.asks = self.counts or bool(self._prices)

    def _learn_prices(self) -> None:
        self._prices, self._priced_at, self._asks = prices_of(self._tenant_id), time.monotonic(), {}

    def begin(self, admitted: Sequence[Counted] | None, *, reads: bool) -> None:
        """Before the first round of runs. admitted: the budgets as their admission locked them; None where it locked none, and then they
        are locked here if reads is true.
        """
        if admitted is not None:
            self.know(admitted, locked=True)
        elif reads and self.counts:
            self.lock()

    def check_parks(self, made: Sequence[Round]) -> None:
        """Park no run for a budget that was asked before this transaction: no change of the budget would wake the run."""
        for this in made:
            if this.parked in METERED and not (this.refused and self.locked):
                this.release(0.0)

    def lock(self) -> None:
        """Lock the rows. Requires the locks on the jobs of the runs that are planned."""
        self.know(claims.lock_counted(self._tenant_id, *METERED), locked=True)

    def ask(self, run: RunState, uses: str, metrics: frozenset[str]) -> Ask:
        """Whether a step may begin, or a call leave. It takes from all budgets or from none."""
        kind = run.version.workflow_id.int, uses, metrics  # a UUID hashes itself in Python
        ask = self._asks.get(kind)
        if ask is None:
            ask = self._asks[kind] = self._ask_of(run.version.workflow_id, uses, metrics)
        full, rooms = None, self._rooms
        for budget, amount in ask.amounts:
            room = rooms.get(budget)
            # One that rejects first; else the one that has no room for the longest time.
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

    def take(self, made: Round, ask: Ask, attempt: int) -> None:
        """Count down what an attempt at a step uses. It is spent with the round, which also records its price."""
        if ask.price:
            used = attempt, ask.uses
            made.costs[used] = made.costs.get(used, 0) + ask.price
        for budget, amount in ask.amounts:
            if budget in self._rooms:
                self._rooms[budget] -= amount
            made.spends[budget] += amount

    def refuse(self, made: Round, ask: Ask) -> str:
        """Note that a budget has no room. Returns what it is called."""
        made.over |= not self.locked
        full = ask.full
        if full is None:
            raise LookupError("all budgets have room")
        amount = next(amount for budget, amount in ask.amounts if budget is full)
        made.refused[full] += amount
        return shown(full.metric, full.window, full.label, full.scope)

    def spend(self, made: Sequence[Round]) -> bool:
        """Spend what the rounds planned. Requires the transaction that writes them. Returns whether thresholds were reached; each makes an event.

        Raises FullError where others were faster.
        """
        spent: dict[Counted, int] = defaultdict(int)
        refused: dict[Counted, int] = defaultdict(int)
        for this in made:
            for budget, amount in this.spends.items():
                spent[budget] += amount
            for budget, amount in this.refused.items():
                refused[budget] += amount
        if not spent and not refused:
            return False
        try:
            spent_of, refused_of = _by_id(spent), _by_id(refused)
            crossings = spend({**dict.fromkeys(refused_of, 0), **spent_of}, refused_of, locked=self.locked)
        except OverspentError as error:
            if self.locked:
                raise
            raise FullError from error
        for budget in {budget.id: budget for budget in refused}.values():
            self._count(budget)
        if crossings:
            announce_thresholds(crossings)
        return bool(crossings)

    def _count(self, budget: Counted) -> None:
        metric = budget.metric
        BUDGET_REFUSALS.labels(metric, "reject" if budget.rejects else "wait").inc()
        if budget.rejects:
            act = Act("budget.reject", self._tenant_id, reason=metric, object_kind="budget", object_id=metric, object_label=metric)  # fmt: skip
            record_counted(act, 1)


def _by_id(amounts: Mapping[Counted, int]) -> dict[uuid.UUID, int]:
    """The sums of each budget: rounds may have been planned with the same budget as it was read at two times."""
    sums: dict[uuid.UUID, int] = defaultdict(int)
    for budget, amount in amounts.items():
        sums[budget.id] += amount
    return sums
