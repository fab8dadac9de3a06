"""Spends the budgets that the rounds of one transaction use."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from automate.audit.tallies import TalliedAction, record_counted
from automate.budgets import claims
from automate.budgets.kinds import LockedBudget
from automate.budgets.reservations import Ends, Reservation
from automate.budgets.spending.transitions import (
    Crossing,
    Held,
    OverspentError,
    Spending,
    end,
    lock_rows,
    released_of,
    spend,
)
from automate.events.services import announce_thresholds
from automate.kernel.metrics import BUDGET_REFUSALS
from automate.runs.advance import Advance
from automate.runs.asks import Ask


class SpentMeanwhileError(Exception):
    """Raised if other processes have used up the rest of a budget, or if the window of a budget has ended.

    The caller must lock the budget, and then plan the rounds again.
    """


def note_reservations(made: Iterable[Advance]) -> list[Reservation]:
    # For the ledger of effects. Calls with the same ask share one object. A repeated call already has its reservation.
    found: dict[Ask, Reservation] = {}
    places: dict[Reservation, int] = {}
    for this in made:
        for effect, step, ask in this.intents:
            reservation = step.reserved or found.get(ask)
            if reservation is None:
                amounts = [
                    (budget.id, budget.started, amount) for budget, amount in ask.amounts if ask.reserves(budget)
                ]
                reservation = found[ask] = Reservation(ask.price, amounts)
            if reservation.price or reservation.budgets:
                step.reserved, effect.reserved = reservation, places.setdefault(reservation, len(places))
    return list(places)


def spent_by(
    owed: Mapping[LockedBudget, tuple[int, int]], made: Iterable[Advance]
) -> tuple[dict[uuid.UUID, int], dict[uuid.UUID, tuple[str, int]]]:
    # Two sums: what counts at once, and what calls reserve.
    taken: dict[Ask, int] = defaultdict(int)
    for this in made:
        for (ask, _), times in this.takes.items():
            taken[ask] += times
    spent: dict[uuid.UUID, int] = defaultdict(int)
    held: dict[uuid.UUID, tuple[str, int]] = {}
    for budget, (amount, _) in owed.items():
        if amount:
            spent[budget.id] += amount
    for ask, times in taken.items():
        for budget, amount in ask.amounts:
            if ask.reserves(budget):
                started, before = held.get(budget.id, (budget.started, 0))
                if started != budget.started:
                    # The window has ended between the plans of two rounds.
                    raise SpentMeanwhileError
                held[budget.id] = started, before + amount * times
            else:
                spent[budget.id] += amount * times
    return spent, held


@dataclass(frozen=True)
class RoundMoves:
    """The amounts by which the rounds of one transaction change budgets."""

    spent: Mapping[uuid.UUID, int]
    held: Held
    ends: Ends
    refused: Mapping[uuid.UUID, int]

    @property
    def metered(self) -> set[uuid.UUID]:
        """The budgets whose rows change. Their rows must be locked in the common order."""
        return {*self.spent, *self.held, *(budget for budget, _ in released_of(self.ends))}


class RoundSpending:
    """Spends budgets for the rounds of one transaction.

    The caller either calls ``spend``, or executes ``statement`` and then calls ``settle``. The methods ``spend`` and
    ``settle`` raise SpentMeanwhileError.
    """

    def __init__(
        self,
        tenant_id: uuid.UUID,
        moves: RoundMoves,
        refusing: Collection[LockedBudget],
        freed: Mapping[str, int | None],
        *,
        locked: bool,
    ) -> None:
        self.woken = False
        """Whether jobs became due: of events about thresholds, or of runs that find released room."""
        self._tenant_id, self._moves = tenant_id, moves
        self._refusing, self._freed, self._locked = refusing, freed, locked
        # Refusals are rare, and are always decided under the lock.
        self._plain = None if moves.refused else Spending(moves.spent, moves.held, moves.ends)

    @property
    def statement(self) -> tuple[str, Mapping[str, str | int]] | None:
        """The SQL statement that spends the amounts. None if only ``settle`` can spend the amounts."""
        return None if self._plain is None else self._plain.statement

    def settle(self, touched: int = 0) -> None:
        """Check the result of ``statement``, or spend the amounts if ``statement`` is None.

        The caller must execute ``statement`` first. ``touched`` is the number of rows that ``statement`` changed.
        """
        plain = self._plain
        self._finish(self._spend_and_refuse if plain is None else lambda: plain.settle(touched))

    def spend(self) -> None:
        """Spend the amounts now. This takes a separate round trip to PostgreSQL."""
        self._finish(self._spend_and_refuse if self._plain is None else self._plain.spend)

    def _spend_and_refuse(self) -> list[Crossing]:
        moves = self._moves
        if not self._locked:
            lock_rows(moves.metered)
        spent = {**dict.fromkeys(moves.refused, 0), **moves.spent}
        end(moves.ends)
        return spend(spent, moves.refused, moves.held)

    def _finish(self, act: Callable[[], list[Crossing]]) -> None:
        try:
            crossings = act()
        except OverspentError as error:
            if self._locked:
                raise
            raise SpentMeanwhileError from error
        for budget in self._refusing:
            self._count(budget)
        if crossings:
            announce_thresholds(crossings)
            self.woken = True
        if self._freed:
            self.woken |= claims.wake_released(self._tenant_id, self._freed) > 0

    def _count(self, budget: LockedBudget) -> None:
        metric = budget.metric
        BUDGET_REFUSALS.labels(metric, "reject" if budget.rejects else "wait").inc()
        if budget.rejects:
            act = TalliedAction("budget.reject", self._tenant_id, reason=metric, object_kind="budget", object_id=metric, object_label=metric)  # fmt: skip
            record_counted(act, 1)
