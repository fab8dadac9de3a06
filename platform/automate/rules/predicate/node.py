"""The shapes that the compiler, the operators and the observers share: Scope, Node, Site, Operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from automate.rules.predicate.allowance import Allowance
from automate.rules.predicate.errors import Json, Path

Scope: TypeAlias = "tuple[Allowance, Json, dict[str, Json], Scope | None]"
"""(allowance, data, loop variables such as {"index": 0}, the scope around it). A tuple: an evaluation makes one in 30 ns."""

Run: TypeAlias = Callable[[Json, Scope], Json]
"""A compiled node: (the current data, its scope) -> value. Raises PredicateError."""


@dataclass(frozen=True)
class Node:
    """A compiled value of the rule. cost: operations to charge for it and all below, loop bodies excepted."""

    run: Run
    cost: int
    constant: bool = False
    value: Json = None


@dataclass(frozen=True)
class Site:
    """Where an operator stands: what its builder needs.

    args: one node for each argument. spread: set instead where the operand is itself an operation,
    whose result supplies the arguments when the rule runs (a list is all of them, anything else is the only one).
    """

    name: str
    path: Path
    args: tuple[Node, ...]
    spread: Node | None = None


@dataclass(frozen=True)
class Operator:
    """A row of the operator table: all that evaluation, saving and explaining know about an operator.

    build: makes the closure; raises PredicateError where the operands can never work.
    least, most: arguments that saving allows (evaluation is as lenient as JsonLogic). form: how it is written.
    body: index of the argument that is run once per element. lazy: may skip arguments.
    reads: its constants are a path into the data. says: (true, false) in words, for two-sided comparisons.
    """

    name: str
    build: Callable[[Site], Run]
    least: int
    most: int | None
    form: str
    body: int | None = None
    lazy: bool = False
    reads: bool = False
    says: tuple[str, str] | None = None
