"""The interface through which the run engine asks about budgets. A simulated run has no budgets."""

from __future__ import annotations

from typing import Protocol

from automate.runs.advance import Advance
from automate.runs.asks import FREE, Ask
from automate.runs.work import HeldRun


class Budgets(Protocol):
    asks: bool
    """True if any step has to ask."""

    def ask(self, run: HeldRun, uses: str, metrics: frozenset[str]) -> Ask: ...

    def take(self, made: Advance, ask: Ask, attempt: int) -> None: ...

    def refuse(self, made: Advance, ask: Ask) -> str: ...


class NoBudgets:
    """Allows every step."""

    asks = False

    def ask(self, run: HeldRun, uses: str, metrics: frozenset[str]) -> Ask:  # noqa: ARG002 - the protocol's
        return FREE

    def take(self, made: Advance, ask: Ask, attempt: int) -> None:
        """Do nothing, because a simulated run has no budgets."""

    def refuse(self, made: Advance, ask: Ask) -> str:  # noqa: ARG002 - the protocol's
        raise LookupError("there is no budget that could refuse")
