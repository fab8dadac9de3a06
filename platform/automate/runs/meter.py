"""What the budgets of steps, calls and cost let a tenant's runs do, as one process knows it.

A tenant without such budgets costs nothing here: whether it has some is read with the tenant, once a second, and where runs begin.

While rounds are planned, room is counted down in memory. The transaction that writes the rounds spends what they planned, in one
statement that no limit lets pass. Where it finds no room, or where a step is to be refused by what was only read before, the
rounds are planned again under the lock of the budgets' rows: see docs/decisions/budgets-are-one-row.md.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from automate.audit.tallies import Act, record_counted
from automate.budgets import claims
from automate.budgets.models import CALLS, COST, METERED, OF_CONNECTOR, STEPS
from automate.budgets.queries import prices_of
from automate.budgets.spending.transitions import Counted, Crossing, OverspentError, spend
from automate.budgets.windows import shown
from automate.kernel.metrics import BUDGET_REFUSALS
from automate.runs.round import Round
from automate.runs.work import RunState

REMEMBER_SECONDS = 1.0
"""How old what is known may be."""
FORGET_SECONDS = 3.0
"""Longer than what is remembered of a tenant may say that it has no such budget."""
FLOW_STEP = frozenset({STEPS, COST})
CALL = frozenset({STEPS, CALLS, COST})
REPEAT = frozenset({CALLS, COST})
"""What a step of the engine uses, an attempt with a call, and a call that is sent again within its attempt."""


class FullError(Exception):
    """Others have spent what these rounds planned to spend. They have to be planned again under the lock."""


@dataclass(frozen=True)
class Ask:
    """What a step is about to use of each budget. full: the budget that has no room for it; None where all have."""

    amounts: Sequence[tuple[Counted, int]]
    full: Counted | None


FREE = Ask((), None)


class Meter:
    """Of one tenant, for one process. counts: whether there is such a budget. locked: this transaction holds the rows, so what is
    known is exact."""

    def __init__(self, tenant_id: uuid.UUID) -> None:
        self.counts = self.locked = False
        self._tenant_id = tenant_id
        self._budgets: Sequence[Counted] = ()
        self._rooms: dict[Counted, int] = {}
        self._prices: Mapping[str, int] = {}
        self._read_at = self._priced_at = float("-inf")

    def refresh(self, *, metered: bool) -> None:
        """Call it before each pass. metered: whether the tenant has such a budget, as far as is known."""
        self.locked = False
        age = time.monotonic() - self._read_at
        if metered and age >= REMEMBER_SECONDS:
            self.know(claims.read_metered(self._tenant_id))
        elif self.counts and age >= FORGET_SECONDS:
            self.know(())

    def know(self, budgets: Sequence[Counted], *, locked: bool = False) -> None:
        """Take in what was read. locked: and locked, by this transaction."""
        self._budgets, self.counts, self.locked = budgets, bool(budgets), locked
        self._rooms = {budget: budget.room for budget in budgets if budget.room is not None}
        now = self._read_at = time.monotonic()
        if now - self._priced_at >= REMEMBER_SECONDS and any(budget.metric == COST for budget in budgets):
            self._prices, self._priced_at = prices_of(self._tenant_id), now

    def lock(self) -> None:
        """Lock the rows. Requires the locks on the jobs of the runs that are planned."""
        self.know(claims.lock_counted(self._tenant_id, *METERED), locked=True)

    def ask(self, run: RunState, uses: str, metrics: Collection[str]) -> Ask:
        """Whether a step may begin, or a call leave. It takes from all budgets or from none."""
        scopes = ("", f"{OF_CONNECTOR}{uses}", str(run.version.workflow_id))
        price = self._prices.get(uses, 0)
        amounts = [
            (budget, price if budget.metric == COST else 1)
            for budget in self._budgets
            if budget.metric in metrics and budget.scope in scopes and (price or budget.metric != COST)
        ]
        over = [budget for budget, amount in amounts if self._rooms.get(budget, amount) < amount]
        # One that rejects first; else the one that has no room for the longest time.
        return Ask(amounts, max(over, key=lambda budget: (budget.rejects, budget.ends), default=None))

    def take(self, made: Round, ask: Ask) -> None:
        """Count down what a step uses. It is spent with the round."""
        for budget, amount in ask.amounts:
            if budget in self._rooms:
                self._rooms[budget] -= amount
            made.spends[budget.id] = made.spends.get(budget.id, 0) + amount

    def refuse(self, made: Round, ask: Ask) -> str:
        """Note that a budget has no room. Returns what it is called."""
        made.over |= not self.locked
        full = ask.full
        if full is None:
            raise LookupError("all budgets have room")
        amount = next(amount for budget, amount in ask.amounts if budget is full)
        made.refused[full.id] = made.refused.get(full.id, 0) + amount
        return shown(full.metric, full.window, full.label, full.scope)

    def spend(self, made: Sequence[Round]) -> list[Crossing]:
        """Spend what the rounds planned. Requires the transaction that writes them. Returns the thresholds that were reached.

        Raises FullError where others were faster.
        """
        spent: dict[uuid.UUID, int] = {}
        refused: dict[uuid.UUID, int] = {}
        for this in made:
            for budget_id, amount in this.spends.items():
                spent[budget_id] = spent.get(budget_id, 0) + amount
            for budget_id, amount in this.refused.items():
                refused[budget_id] = refused.get(budget_id, 0) + amount
        if not spent and not refused:
            return []
        try:
            crossings = spend({**dict.fromkeys(refused, 0), **spent}, refused, locked=self.locked)
        except OverspentError as error:
            if self.locked:
                raise
            raise FullError from error
        for budget in self._budgets:
            if budget.id in refused:
                self._count(budget)
        return crossings

    def _count(self, budget: Counted) -> None:
        metric = budget.metric
        BUDGET_REFUSALS.labels(metric, "reject" if budget.rejects else "wait").inc()
        if budget.rejects:
            act = Act("budget.reject", self._tenant_id, reason=metric, object_kind="budget", object_id=metric, object_label=metric)  # fmt: skip
            record_counted(act, 1)
