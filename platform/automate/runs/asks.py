"""What a step asks of the budgets of steps, calls and cost before it begins, and the answer. Pure: a rehearsal asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from automate.budgets.kinds import CALLS, COST, STEPS

if TYPE_CHECKING:
    from automate.budgets.kinds import Counted
    from automate.runs.round import Round
    from automate.runs.work import RunState

FLOW_STEP = frozenset({STEPS, COST})
CALL = frozenset({STEPS, CALLS, COST})
REPEAT = frozenset({CALLS, COST})
"""What a step of the engine uses, an attempt with a call, and a call that is sent again within its attempt."""


@dataclass(frozen=True)
class Ask:
    """What a step is about to use of each budget. full: the budget that has no room for it; None where all have.

    uses: the name that the step uses. price: what it costs, also without a budget of cost.
    """

    amounts: Sequence[tuple[Counted, int]]
    full: Counted | None
    uses: str = ""
    price: int = 0


FREE = Ask((), None)


class Asked(Protocol):
    """Who answers for the budgets. asks: whether a step has to ask at all."""

    asks: bool

    def ask(self, run: RunState, uses: str, metrics: frozenset[str]) -> Ask: ...

    def take(self, made: Round, ask: Ask, attempt: int) -> None: ...

    def refuse(self, made: Round, ask: Ask) -> str: ...


class NoBudgets:
    """Lets each step begin."""

    asks = False

    def ask(self, run: RunState, uses: str, metrics: frozenset[str]) -> Ask:  # noqa: ARG002 - Asked's
        return FREE

    def take(self, made: Round, ask: Ask, attempt: int) -> None:
        """Nothing is counted."""

    def refuse(self, made: Round, ask: Ask) -> str:  # noqa: ARG002 - Asked's
        raise LookupError("there is no budget that could refuse")
