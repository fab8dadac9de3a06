"""The types that the compiler, the operators and the observers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import Json, Path

Scope: TypeAlias = "tuple[EvaluationAllowance, Json, dict[str, Json], Scope | None]"
"""(allowance, data, loop variables such as {"index": 0}, the outer scope). A tuple, because making one takes only 30 ns."""

Run: TypeAlias = Callable[[Json, Scope], Json]
"""A compiled node: (the current data, its scope) -> value. Raises PredicateError."""


@dataclass(frozen=True)
class Node:
    run: Run
    cost: int
    """The operations to charge for the node and everything below, without loop bodies."""
    constant: bool = False
    value: Json = None


@dataclass(frozen=True)
class BuilderArguments:
    name: str
    path: Path
    args: tuple[Node, ...]
    """One node for each argument."""
    spread: Node | None = None
    """Set instead of ``args`` if the operand is itself an operation. The result of this operation supplies the
    arguments when the rule runs. A list supplies all arguments, and any other value the only one.
    """


@dataclass(frozen=True)
class Operator:
    """A row of the operator table."""

    name: str
    build: Callable[[BuilderArguments], Run]
    """Makes the closure. Raises PredicateError if the operands can never work."""
    least: int
    """The minimum of arguments when a rule is saved. Evaluation is as lenient as JsonLogic."""
    most: int | None
    """The maximum; None for no maximum."""
    form: str
    """An example for messages."""
    body: int | None = None
    """The index of the argument that runs once for each element."""
    lazy: bool = False
    """Whether evaluation may skip arguments."""
    reads: bool = False
    """Whether its constants are a path into the data."""
    says: tuple[str, str] | None = None
    """(true, false) in words, for comparisons of two sides."""
