"""Going through a rule as written, without recursion: one Operation for each object with one key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from automate.rules.predicate.errors import Json, Path
from automate.rules.predicate.operators import TABLE


@dataclass(frozen=True)
class Operation:
    """args: the written arguments. spread: the operand is itself an operation, args unknown until it runs.

    scopes: how many others stand around its own data: one for each loop whose body it stands in and each `try` that it
    is a later argument of. With none, its data is what the whole rule is given.
    """

    path: Path
    name: str
    args: list[Json]
    spread: bool
    scopes: int


@dataclass(frozen=True)
class Place:
    """A value of the rule. level: 1 for the outermost operation or list; arguments lists of operations are no level."""

    path: Path
    value: Json
    level: int
    scopes: int


def is_operation(value: Json) -> bool:
    return isinstance(value, dict) and len(value) == 1


def places(rule: Json, deepest: int) -> Iterator[Place]:
    """Every value of the rule down to `deepest` levels, outermost first."""
    stack = [Place((), rule, 1, scopes=0)]
    while stack:
        place = stack.pop()
        yield place
        if place.level <= deepest:
            stack.extend(reversed(list(_below(place))))


def _below(place: Place) -> Iterator[Place]:
    path, value, level, scopes = place.path, place.value, place.level + 1, place.scopes
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield Place((*path, index), item, level, scopes)
    elif isinstance(value, dict):
        for name, operand in value.items():
            if isinstance(operand, list):
                for index, argument in enumerate(operand):
                    yield Place((*path, name, index), argument, level, scopes + _opens(name, index))
            else:
                yield Place((*path, name), operand, level, scopes)


def _opens(name: str, index: int) -> bool:
    """Whether an argument sees data of its own: a loop's body the element, a later argument of `try` the error."""
    operator = TABLE.get(name)
    return operator is not None and (index == operator.body or (name == "try" and index > 0))


def operation_at(place: Place) -> Operation | None:
    if not is_operation(place.value):
        return None
    ((name, operand),) = place.value.items()
    args = operand if isinstance(operand, list) else [operand]
    return Operation(place.path, name, args, is_operation(operand), place.scopes)


def constant_path(operation: Operation) -> list[str] | None:
    """The path that a `var`, `val` or `exists` reads, as its keys; None where it is computed or starts in an outer scope."""
    paths = operation.args[:1] if operation.name == "var" else operation.args
    if not all(isinstance(part, str | int) and not isinstance(part, bool) for part in paths):
        return None
    if operation.name == "val" or (operation.name == "exists" and len(paths) > 1):
        return [str(part) for part in paths]
    return [key for part in paths for key in str(part).split(".")]


def reference(value: Json) -> list[str] | None:
    """The path of `{"var": …}` or `{"val": …}` without a default; None for any other value."""
    if not is_operation(value):
        return None
    operation = operation_at(Place((), value, 1, scopes=0))
    if operation is None or operation.name not in {"var", "val"} or operation.spread:
        return None
    if operation.name == "var" and len(operation.args) > 1:
        return None
    return constant_path(operation)
