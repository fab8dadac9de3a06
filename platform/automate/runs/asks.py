"""Asks the budgets of steps, calls and cost before a step starts. Pure. A rehearsal asks no budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from automate.budgets.kinds import CALLS, COST, STEPS

if TYPE_CHECKING:
    from automate.budgets.kinds import LockedBudget
    from automate.runs.advance import Advance
    from automate.runs.work import HeldRun

FLOW_STEP = frozenset({STEPS, COST})
CALL = frozenset({STEPS, CALLS, COST})
REPEAT = frozenset({CALLS, COST})
"""The use of an engine step, of an attempt with a call, and of a call that is resent within its attempt."""


@dataclass(frozen=True)
class Ask:
    """The amounts that a step would use of the budgets."""

    amounts: Sequence[tuple[LockedBudget, int]]
    full: LockedBudget | None
    """The budget without room for the step; None if all have room."""
    uses: str = ""
    """The name in the step's ``uses``."""
    price: int = 0
    """The cost of the step, also without a budget of cost."""


FREE = Ask((), None)


class Budgets(Protocol):
    """The budgets, as the engine asks and uses them."""

    asks: bool
    """True if a step has to ask at all."""

    def ask(self, run: HeldRun, uses: str, metrics: frozenset[str]) -> Ask: ...

    def take(self, made: Advance, ask: Ask, attempt: int) -> None: ...

    def refuse(self, made: Advance, ask: Ask) -> str: ...


class NoBudgets:
    """Allows every step."""

    asks = False

    def ask(self, run: HeldRun, uses: str, metrics: frozenset[str]) -> Ask:  # noqa: ARG002 - the interface's
        return FREE

    def take(self, made: Advance, ask: Ask, attempt: int) -> None:
        """Count nothing."""

    def refuse(self, made: Advance, ask: Ask) -> str:  # noqa: ARG002 - the interface's
        raise LookupError("there is no budget that could refuse")
