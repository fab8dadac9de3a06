"""Finds the fixed paths that a rule reads from its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.errors import Path, PredicateError
from automate.rules.predicate.operators.reference import dotted
from automate.rules.predicate.values import number, text
from automate.rules.predicate.walk import RuleOperation, operation_at, places


@dataclass(frozen=True)
class DataRead:
    """A path that a rule reads from its data."""

    path: Path
    """The path in the rule to the operation that reads."""
    keys: tuple[str, ...]
    """The path in the data of the whole rule. () means all of the data."""


def reads(rule: JsonValue, deepest: int) -> Iterator[DataRead]:
    """Yield each fixed path that the rule reads, outermost first.

    Paths that start at the element of a loop are left out.
    """
    for place in places(rule, deepest):
        operation = operation_at(place)
        if operation is not None:
            yield from reads_of(operation)


def reads_of(operation: RuleOperation) -> Iterator[DataRead]:
    here = (*operation.path, operation.name)
    if operation.spread:
        return
    if operation.name in {"missing", "missing_some"}:
        if not operation.scopes:
            yield from _each(operation.args, here, several=operation.name == "missing_some")
        return
    keys = _keys(operation)
    if keys is not None:
        yield DataRead(here, keys)


def _each(args: list[JsonValue], here: Path, *, several: bool) -> Iterator[DataRead]:
    # `missing` takes paths or a list of paths. `missing_some` takes a number before the list.
    listed = 1 if several else 0
    inner = args[listed] if listed < len(args) else None
    if isinstance(inner, list):
        args, here = inner, (*here, listed)
    elif several:
        return
    for index, path in enumerate(args):
        if isinstance(path, str | int | float) and (keys := _dotted(path)) is not None:
            yield DataRead((*here, index), keys)


def _keys(operation: RuleOperation) -> tuple[str, ...] | None:
    # None for a computed path, and for a path into other data, such as a loop's element.
    args, outwards = operation.args, 0.0
    if operation.name == "var":
        args = args[:1] or [None]
    elif operation.name not in {"val", "exists"}:
        return None
    elif args and isinstance(level := args[0], list):
        args, outwards = args[1:], _outwards(level)
    if outwards != 2 * operation.scopes or not all(map(_is_key, args)):
        return None
    if operation.name == "var" or (operation.name == "exists" and len(args) == 1):
        return _dotted(args[0])  # for exists, one dotted text is a key or a path of keys
    return _texts([part for part in args if part is not None])


def _is_key(value: JsonValue) -> bool:
    return value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))


def _outwards(level: list[JsonValue]) -> float:
    # A path `[[n], …]` starts n levels further out. 2 is the data around the loop. -1 if n is no number.
    try:
        return abs(number(level[0])) if len(level) == 1 else 0
    except PredicateError:
        return -1


def _dotted(path: JsonValue) -> tuple[str, ...] | None:
    try:
        return dotted(path)
    except PredicateError:
        return None


def _texts(parts: Sequence[JsonValue]) -> tuple[str, ...] | None:
    try:
        return tuple(text(part) for part in parts)
    except PredicateError:
        return None


WHOLE: tuple[str, ...] = ()
"""Stands for all data in the result of ``references``."""


def references(rule: JsonValue, deepest: int, length: int) -> frozenset[tuple[str, ...]]:
    """Return the paths that a rule can read. Each path has at most ``length`` keys.

    If the rule computes a path, the result contains WHOLE.
    """
    found: set[tuple[str, ...]] = set()
    for place in places(rule, deepest):
        operation = operation_at(place)
        if operation is not None and operation.name in {"var", "val", "exists", "missing", "missing_some"}:
            known = [read.keys[:length] for read in reads_of(operation)]
            found.update(known)
            if (not known and not _stays_within(operation)) or (
                operation.name.startswith("missing") and not operation.scopes and not _is_written_out(operation.args)
            ):
                found.add(WHOLE)
    return frozenset(found)


def _stays_within(operation: RuleOperation) -> bool:
    args = operation.args
    if operation.spread:
        return False
    if operation.name in {"missing", "missing_some"}:
        return operation.scopes > 0 or _is_written_out(args)
    if operation.name == "var":
        return operation.scopes > 0 and all(map(_is_key, args[:1]))
    outwards = 0.0
    if args and isinstance(level := args[0], list):
        args, outwards = args[1:], _outwards(level)
    return 0 <= outwards < 2 * operation.scopes and all(map(_is_key, args))


def _is_written_out(value: JsonValue) -> bool:
    if isinstance(value, list):
        return all(map(_is_written_out, value))
    return not isinstance(value, dict)
