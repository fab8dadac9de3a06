"""Visits all parts of a rule, without recursion. Each object with one key is an operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.errors import Path
from automate.rules.predicate.operators import TABLE


@dataclass(frozen=True)
class RuleOperation:
    path: Path
    name: str
    args: list[JsonValue]
    """The arguments as written."""
    spread: bool
    """The operand is itself an operation, so the arguments are known only when it runs."""
    scopes: int
    """The number of scopes around the operation's data. 0 means the data of the whole rule. Each loop around the
    operation counts. A `try` counts if the operation is not in the first argument of the `try`.
    """


@dataclass(frozen=True)
class NodePlace:
    path: Path
    value: JsonValue
    level: int
    """The nesting level. The outermost operation or list has level 1. The argument list of an operation is not a
    level."""
    scopes: int


def is_operation(value: JsonValue) -> bool:
    return isinstance(value, dict) and len(value) == 1


def places(rule: JsonValue, deepest: int) -> Iterator[NodePlace]:
    """Yield the parts of the rule, outermost parts first, down to the level ``deepest + 1``."""
    stack = [NodePlace((), rule, 1, scopes=0)]
    while stack:
        place = stack.pop()
        yield place
        if place.level <= deepest:
            stack.extend(reversed(list(_below(place))))


def _below(place: NodePlace) -> Iterator[NodePlace]:
    path, value, level, scopes = place.path, place.value, place.level + 1, place.scopes
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield NodePlace((*path, index), item, level, scopes)
    elif isinstance(value, dict):
        for name, operand in value.items():
            if isinstance(operand, list):
                for index, argument in enumerate(operand):
                    yield NodePlace((*path, name, index), argument, level, scopes + _opens(name, index))
            else:
                yield NodePlace((*path, name), operand, level, scopes)


def _opens(name: str, index: int) -> bool:
    # The body of a loop gets the element as its data. A later argument of `try` gets the error.
    operator = TABLE.get(name)
    return operator is not None and (index == operator.body or (name == "try" and index > 0))


def operation_at(place: NodePlace) -> RuleOperation | None:
    if not isinstance(place.value, dict) or not is_operation(place.value):
        return None
    ((name, operand),) = place.value.items()
    args: list[JsonValue] = operand if isinstance(operand, list) else [operand]
    return RuleOperation(place.path, name, args, is_operation(operand), place.scopes)


def constant_path(operation: RuleOperation) -> list[str] | None:
    # None if it is computed or starts in an outer scope.
    paths = operation.args[:1] if operation.name == "var" else operation.args
    if not all(isinstance(part, str | int) and not isinstance(part, bool) for part in paths):
        return None
    if operation.name == "val" or (operation.name == "exists" and len(paths) > 1):
        return [str(part) for part in paths]
    return [key for part in paths for key in str(part).split(".")]


def reference(value: JsonValue) -> list[str] | None:
    """Return the path that `{"var": …}` or `{"val": …}` reads, or None."""
    if not is_operation(value):
        return None
    operation = operation_at(NodePlace((), value, 1, scopes=0))
    if operation is None or operation.name not in {"var", "val"} or operation.spread:
        return None
    if operation.name == "var" and len(operation.args) > 1:
        return None
    return constant_path(operation)
