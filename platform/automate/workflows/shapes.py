"""Computes the shapes of the data of a run.

A shape is a JSON Schema. A value that the shape forbids cannot exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from automate.kernel.json_values import JsonObject, JsonValue, as_object

Shape = JsonValue
"""A JSON Schema 2020-12: an object, or true or false."""

ANYTHING: Shape = True
NOTHING: JsonObject = {"type": "null"}
"""The shape of a value that is always null."""

WHY = "$comment"
"""Key under which a shape explains itself to people."""

KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
MOST_LOOKED_AT = 50_000
"""Parts of shapes that are read for one definition; further parts allow anything."""
DEEPEST = 40


class _NoPlace(Enum):
    """The type of ``NO_PLACE``. ``Shapes.member`` returns ``NO_PLACE`` for a member that cannot exist."""

    NO_PLACE = auto()


NO_PLACE: Final = _NoPlace.NO_PLACE


@dataclass(frozen=True)
class KnownShape:
    """A description of a shape for error messages: the possible names and kinds, and an explanation."""

    names: tuple[str, ...]
    """All names that the object can have. Empty if the object can also have other names."""
    kinds: tuple[str, ...]
    why: str


class Shapes:
    """Computes the shapes of values. The work is limited to MOST_LOOKED_AT parts.

    After this limit, each further shape allows any value.
    """

    def __init__(self) -> None:
        self._left = MOST_LOOKED_AT

    def member(self, shape: Shape, name: str, *, lists: bool = False, depth: int = 0) -> Shape | _NoPlace:
        """Return the shape of one member of a value. ``shape`` describes the value, and ``name`` is the member's name."""
        self._left -= 1
        if shape is False:
            return NO_PLACE
        if not isinstance(shape, Mapping) or self._left < 0 or depth > DEEPEST:
            return ANYTHING
        own = _own_member(shape, name, lists=lists)
        if own is NO_PLACE:
            return NO_PLACE
        found = [own]
        for branches in _choices(shape):
            some = [self.member(branch, name, lists=lists, depth=depth + 1) for branch in branches]
            there = [one for one in some if one is not NO_PLACE]
            if not there:
                return NO_PLACE
            found.append(there[0] if len(there) == 1 else {"anyOf": there})
        for branch in _all_of(shape):
            if self.member(branch, name, lists=lists, depth=depth + 1) is NO_PLACE:
                return NO_PLACE
        specific = [one for one in found if one is not ANYTHING]
        return specific[0] if len(specific) == 1 else ANYTHING

    def item(self, shape: Shape, depth: int = 0) -> Shape | _NoPlace:
        self._left -= 1
        if shape is False:
            return NO_PLACE
        if not isinstance(shape, Mapping) or self._left < 0 or depth > DEEPEST:
            return ANYTHING
        if "array" not in kinds(shape):
            return NO_PLACE
        for branches in _choices(shape):
            some = [self.item(branch, depth + 1) for branch in branches]
            there = [one for one in some if one is not NO_PLACE]
            if not there:
                return NO_PLACE
            if "items" not in shape and "prefixItems" not in shape:
                return there[0] if len(there) == 1 else {"anyOf": there}
        return ANYTHING if "prefixItems" in shape else shape.get("items", ANYTHING)

    def may_be(self, shape: Shape, kind: str, depth: int = 0) -> bool:
        self._left -= 1
        if shape is False:
            return False
        if not isinstance(shape, Mapping) or self._left < 0 or depth > DEEPEST:
            return True
        return kind in kinds(shape) and all(
            any(self.may_be(branch, kind, depth + 1) for branch in branches) for branches in _choices(shape)
        )


def either(shapes: Sequence[Shape]) -> Shape:
    """Return the union of ``shapes``. A value fits the union if it fits at least one of ``shapes``."""
    if not shapes or any(shape is ANYTHING or shape == {} for shape in shapes):
        return ANYTHING
    return shapes[0] if len(shapes) == 1 else {"anyOf": list(shapes)}


def record(properties: Mapping[str, Shape]) -> JsonObject:
    """Return the shape of an object that has exactly these fields."""
    return {"type": "object", "properties": {**properties}, "additionalProperties": False}


def kinds(shape: Mapping[str, JsonValue]) -> frozenset[str]:
    given = shape.get("type")
    if isinstance(given, str):
        return _with_integers({given})
    if isinstance(given, list):
        return _with_integers({kind for kind in given if isinstance(kind, str)})
    values = [shape["const"]] if "const" in shape else shape.get("enum")
    if isinstance(values, list):
        return _with_integers({_kind_of(value) for value in values})
    return frozenset(KINDS)


def known(shape: Shape) -> KnownShape:
    if not isinstance(shape, Mapping):
        return KnownShape((), (), "")
    names = tuple(as_object(shape.get("properties", {})))
    if not names:
        names = tuple(dict.fromkeys(name for branch in _branches(shape) for name in known(branch).names))
    return KnownShape(names, tuple(sorted(kinds(shape))), str(shape.get(WHY, "")))


def _own_member(shape: Mapping[str, JsonValue], name: str, *, lists: bool) -> Shape | _NoPlace:
    found: list[Shape] = []
    allowed = kinds(shape)
    if "object" in allowed:
        properties = shape.get("properties")
        named = isinstance(properties, Mapping) and name in properties
        inner = properties[name] if named and isinstance(properties, Mapping) else _other_member(shape)
        if inner is not False:
            found.append(inner)
    if lists and "array" in allowed and name.isascii() and name.isdecimal():
        found.append(ANYTHING if "prefixItems" in shape else shape.get("items", ANYTHING))
    return either(found) if found else NO_PLACE


def _other_member(shape: Mapping[str, JsonValue]) -> Shape:
    return ANYTHING if shape.get("patternProperties") else shape.get("additionalProperties", ANYTHING)


def _choices(shape: Mapping[str, JsonValue]) -> Iterator[Sequence[Shape]]:
    for word in ("anyOf", "oneOf"):
        branches = shape.get(word)
        if isinstance(branches, list) and branches:
            yield branches


def _all_of(shape: Mapping[str, JsonValue]) -> Sequence[Shape]:
    branches = shape.get("allOf")
    return branches if isinstance(branches, list) else ()


def _branches(shape: Mapping[str, JsonValue]) -> Iterator[Shape]:
    for branches in _choices(shape):
        yield from (branch for branch in branches if isinstance(branch, Mapping) and "anyOf" not in branch)


def _with_integers(given: set[str]) -> frozenset[str]:
    return frozenset(given | {"integer"} if "number" in given else given)


def _kind_of(value: JsonValue) -> str:
    for kind, types in (
        ("boolean", bool),
        ("number", (int, float)),
        ("string", str),
        ("object", dict),
        ("array", list),
    ):
        if isinstance(value, types):
            return kind
    return "null"
