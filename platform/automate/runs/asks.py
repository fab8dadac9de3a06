"""The amounts that a step uses from budgets when the step starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automate.budgets.kinds import CALLS, COST, RESERVED, STEPS, LockedBudget

FLOW_STEP = frozenset({STEPS, COST})
CALL = frozenset({STEPS, CALLS, COST})
REPEAT = frozenset({CALLS, COST})
"""The metrics that are used by an engine step, by an attempt with a call, and by a call that is resent within
its attempt."""


@dataclass(frozen=True, eq=False)
class Ask:
    """The amount that one step uses of each budget. All steps of the same kind share one object."""

    amounts: Sequence[tuple[LockedBudget, int]]
    full: LockedBudget | None
    """The budget without room for the step; None if all have room."""
    uses: str = ""
    """The name in the step's ``uses``."""
    price: int = 0
    """The cost of the step, even if no budget limits the cost."""
    calls: bool = False
    """Whether the step makes a call. The call reserves its metrics of RESERVED, and its result settles them."""

    def reserves(self, budget: LockedBudget) -> bool:
        return self.calls and budget.metric in RESERVED


FREE = Ask((), None)
