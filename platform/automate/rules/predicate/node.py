"""The types that the compiler, the operators and the observers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import Path

Scope: TypeAlias = "tuple[EvaluationAllowance, JsonValue, dict[str, JsonValue], Scope | None]"
"""(allowance, data, loop variables such as ``index``, the outer scope). It is a tuple, because creating a
tuple takes only 30 ns."""

Evaluator: TypeAlias = Callable[[JsonValue, Scope], JsonValue]
"""A compiled node: (the current data, its scope) -> value. Raises PredicateError."""


@dataclass(frozen=True)
class CompiledNode:
    run: Evaluator
    cost: int
    """The operations to charge for the node and everything below, without loop bodies."""
    constant: bool = False
    value: JsonValue = None


@dataclass(frozen=True)
class BuilderArguments:
    name: str
    path: Path
    args: tuple[CompiledNode, ...]
    """One node for each argument."""
    spread: CompiledNode | None = None
    """Set instead of ``args`` if the operand is itself an operation. The result of this operation supplies the
    arguments when the rule runs. A list supplies all arguments. Any other value is the only argument.
    """


@dataclass(frozen=True)
class Operator:
    """A row of the operator table."""

    name: str
    build: Callable[[BuilderArguments], Evaluator]
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
    """Whether evaluation can skip arguments."""
    reads: bool = False
    """Whether the operator's constants form a path into the data."""
    says: tuple[str, str] | None = None
    """(true, false) in words, for comparisons of two sides."""
