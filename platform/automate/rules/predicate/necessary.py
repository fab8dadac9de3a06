"""Finds conditions that are necessary for a match. If such a condition is false, the rule cannot match."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.errors import Path, PredicateError
from automate.rules.predicate.operators.reference import ABSENT, dotted, look_up
from automate.rules.predicate.values import brief, number

Key: TypeAlias = "str | int | float | tuple[bool] | None"
"""A key of the index for a value. Values that a comparison finds equal share a key."""

Mark: TypeAlias = "tuple[tuple[str, ...], bool, Key]"
"""(path, whether the comparison is strict, key of the constant)."""

FARTHEST_INDEX = 10**9
SHOWN_CONSTANTS = 3
_PAIR = 2
_EQUALITIES = frozenset({"==", "===", "in"})
_COMPARISONS = _EQUALITIES | {"or"}
_NOTHING: tuple[str, list[JsonValue]] = ("", [])


@dataclass(frozen=True, slots=True)
class Necessary:
    """A necessary condition of a rule: a value must equal one of several constants."""

    path: Path
    """The path in the rule to the comparison."""
    keys: tuple[str, ...]
    """The path in the data to the value."""
    loose: tuple[JsonValue, ...]
    """Constants that are compared by the rules of `==`."""
    strict: tuple[JsonValue, ...]
    """Constants that are compared by the rules of `===` and `in`."""
    marks: tuple[Mark, ...]
    """The keys of the constants, for an index."""

    @property
    def reads_payload(self) -> bool:
        """True if the condition reads the payload."""
        return self.keys[:1] in {(), ("payload",)}

    def holds(self, data: JsonValue) -> bool:
        value = read(data, self.keys)
        return _meet(loose_keys, value, self.loose) or _meet(strict_keys, value, self.strict)

    def refusal(self, shown: JsonValue) -> str:
        """Describe why the condition fails. ``shown`` is the compared value in the form that the reader may see."""
        name = ".".join(self.keys) or "the event"
        constants = [brief(constant) for constant in (*self.loose, *self.strict)]
        more = len(constants) - SHOWN_CONSTANTS
        listed = ", ".join(constants[:SHOWN_CONSTANTS]) + (f" and {more} more" if more > 0 else "")
        wanted = listed if len(constants) == 1 else f"one of {listed}"
        return f"{name} is {'missing or null' if shown is None else brief(shown)}, not {wanted}"


def read(data: JsonValue, keys: tuple[str, ...]) -> JsonValue:
    """Read the value at a fixed path."""
    value = look_up(data, keys)
    return None if value is ABSENT else value


def loose_keys(value: JsonValue) -> tuple[Key, ...]:
    # For `==`: a text that can be read as a number also has the number as a key. null and false have the key 0, true has 1.
    # Lists and objects have no key. Equal values have a key in common.
    if value is None:
        return (0,)
    if isinstance(value, list | dict):
        return ()
    try:
        as_number = number(value)
    except PredicateError:
        return (value,) if isinstance(value, str) else ()
    return (value, as_number) if isinstance(value, str) else (as_number,)


def strict_keys(value: JsonValue) -> tuple[Key, ...]:
    # For `===` and `in`. Lists and objects have no key. Equal values have a key in common.
    if isinstance(value, list | dict):
        return ()
    return ((value,),) if isinstance(value, bool) else (value,)


def _meet(keys_of: Callable[[JsonValue], tuple[Key, ...]], value: JsonValue, constants: Iterable[JsonValue]) -> bool:
    keys = keys_of(value)
    return any(key in keys for constant in constants for key in keys_of(constant))


def necessary_conditions(rule: JsonValue) -> tuple[Necessary, ...]:
    # In the order in which they occur. Never raises.
    return tuple(_conditions(rule))


def _conditions(rule: JsonValue) -> Iterator[Necessary]:
    places: list[tuple[Path, JsonValue]] = [((), rule)]
    while places:
        path, value = places.pop()
        name, args = _operation(value)
        if name == "and":
            below = [((*path, "and", index), argument) for index, argument in enumerate(args)]
            places.extend(reversed(below))
        elif name in _COMPARISONS and (condition := _condition((*path, name), value)) is not None:
            yield condition


def _operation(value: JsonValue) -> tuple[str, list[JsonValue]]:
    # The name is empty if the value is no operation, or if the arguments are computed.
    if type(value) is not dict or len(value) != 1:
        return _NOTHING
    ((name, operand),) = value.items()
    if type(operand) is list:
        return name, operand
    return _NOTHING if type(operand) is dict else (name, [operand])


def _condition(path: Path, rule: JsonValue) -> Necessary | None:
    # Only an equality, or an `or` of equalities on one path.
    keys: tuple[str, ...] | None = None
    loose: list[JsonValue] = []
    strict: list[JsonValue] = []
    branches = [rule]
    while branches:
        name, args = _operation(branches.pop())
        if name == "or" and args:
            branches.extend(reversed(args))
            continue
        compared = _equality(name, args)
        if compared is None or keys not in {None, compared[0]}:
            return None
        keys, constants = compared
        (loose if name == "==" else strict).extend(constants)
    if keys is None:
        return None
    marks = {(keys, False, key) for constant in loose for key in loose_keys(constant)}
    marks |= {(keys, True, key) for constant in strict for key in strict_keys(constant)}
    return Necessary(path, keys, tuple(loose), tuple(strict), tuple(marks))


def _equality(name: str, args: list[JsonValue]) -> tuple[tuple[str, ...], list[JsonValue]] | None:
    if name not in _EQUALITIES or len(args) != _PAIR:
        return None
    left, right = args
    if name == "in":
        keys = _keys(left)
        if keys is None or type(right) is not list or not right or not all(map(_is_scalar, right)):
            return None
        return keys, right
    for reference, constant in ((left, right), (right, left)):
        if _is_scalar(constant) and (keys := _keys(reference)) is not None:
            return (keys, [constant]) if name == "===" or loose_keys(constant) else None
    return None


def _is_scalar(value: JsonValue) -> bool:
    return value is None or isinstance(value, str | int | float)


def _keys(value: JsonValue) -> tuple[str, ...] | None:
    # None for a `var` with a default.
    name, args = _operation(value)
    if name == "val":
        return tuple(map(str, args)) if all(map(_is_step, args)) else None
    if name != "var" or len(args) > 1:
        return None
    try:
        return dotted(args[0] if args else None)
    except PredicateError:
        return None


def _is_step(part: JsonValue) -> bool:
    # For example, 2 and "2" find the same element of a list.
    return isinstance(part, str) or (type(part) is int and 0 <= part < FARTHEST_INDEX)
