"""Typed parts of a definition. The declaration of a part defines its JSON Schema, its reader and its writer.

A part is a frozen dataclass. Each field that clients write has a ``Part`` in its annotation::

    limit: Annotated[int, Part("Limit", "Runs of one key.", {"minimum": 1}, examples=[1])] = 1

A field without a ``Part`` is not in the JSON Schema, and no definition has it. If a field's name is a Python
keyword, an underscore follows, as in ``if_``.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from automate.kernel.json_values import JsonObject, JsonValue, as_list, as_number, as_object, as_text

T = TypeVar("T")
PartValue: TypeAlias = Any
"""The value of a part's member. typing's ``get_type_hints`` gives the types of members only while
the program runs.
"""
Convert = Callable[[PartValue], PartValue]


@dataclass(frozen=True)
class Part:
    """The description of one part of a definition: texts for people, and limits of the part's value."""

    title: str
    text: str
    bounds: Mapping[str, JsonValue] = field(default_factory=dict)
    """Further keywords of JSON Schema, such as ``minimum``."""
    examples: Sequence[JsonValue] = ()
    computed: bool = False
    """The default depends on other parts, so the JSON Schema has none."""


@dataclass(frozen=True)
class _Member:
    name: str
    """In the definition."""
    attribute: str
    part: Part
    hint: object
    """Without None and without the Part."""
    required: bool
    default: PartValue
    null: bool = False
    """Whether the value can be null, although the member is required."""


def schema_of(kind: type | None, part: Part) -> dict[str, JsonValue]:
    """Return the JSON Schema of the class ``kind``. ``part`` has the title, the description and the examples of the schema.

    ``kind`` is ``object`` for any JSON, and None for null.
    """
    if not dataclasses.is_dataclass(kind):
        return _schema(_Member("", "", part, kind, required=True, default=MISSING))
    members = _members(kind)
    required = [one.name for one in members if one.required]
    return {
        "title": part.title,
        "description": part.text,
        "type": "object",
        "additionalProperties": False,
        **({"required": [*required]} if required else {}),
        **part.bounds,
        "properties": {one.name: _schema(one) for one in members},
        **({"examples": list(part.examples)} if part.examples else {}),
    }


def read_part(kind: type[T], raw: Mapping[str, JsonValue]) -> T:
    """Make an object of the class ``kind`` from a checked part of a definition. Unknown members are ignored.

    A member with the value null is treated as missing, unless the member can be any JSON.
    """
    return kind(
        **{
            attribute: read(value)
            for name, attribute, read, _ in _converters_of(kind)
            if (value := raw.get(name, MISSING)) is not MISSING and (value is not None or read is _same)
        }
    )


def written(part: object) -> JsonObject:
    """Return the JSON form of a part. ``read_part`` converts this JSON back to an equal part."""
    return {name: write(getattr(part, attribute)) for name, attribute, _, write in _converters_of(type(part))}


def _members(kind: type) -> list[_Member]:
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for one in fields(kind):
        part, hint = _taken_apart(hints[one.name])
        if part is not None:
            default = one.default if one.default_factory is MISSING else one.default_factory()
            required = default is MISSING
            null = required and type(None) in get_args(get_args(hints[one.name])[0])
            found.append(_Member(one.name.rstrip("_"), one.name, part, hint, required, default, null))
    return found


_CONVERTERS: dict[type, list[tuple[str, str, Convert, Convert]]] = {}


def _converters_of(kind: type) -> list[tuple[str, str, Convert, Convert]]:
    # The name and the attribute of each member, and what reads and writes it.
    found = _CONVERTERS.get(kind)
    if found is None:
        found = _CONVERTERS[kind] = [
            (one.name, one.attribute, _reader(one.hint), _writer(one.hint)) for one in _members(kind)
        ]
    return found


def _taken_apart(hint: object) -> tuple[Part | None, object]:
    part = None
    while True:
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)
            part = next((one for one in extras if isinstance(one, Part)), part)
        elif get_origin(hint) in {Union, types.UnionType} and type(None) in get_args(hint):
            members = [one for one in get_args(hint) if one is not type(None)]
            # JsonValue is a union of several types.
            hint = members[0] if len(members) == 1 else object
        else:
            return part, hint


_TYPES: Mapping[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    Mapping: "object",
    None: "null",
}


def _schema(member: _Member) -> dict[str, JsonValue]:
    part = member.part
    if dataclasses.is_dataclass(member.hint):
        return schema_of(member.hint, part)  # type: ignore[arg-type] # a class, not an object of one
    shown: dict[str, JsonValue] = {
        "title": part.title,
        "description": part.text,
        **_typed(member.hint, part, null=member.null),
        **part.bounds,
    }
    if member.default not in (MISSING, None, "") and not part.computed:
        shown["default"] = member.default
    if part.examples:
        shown["examples"] = list(part.examples)
    return shown


def _typed(hint: object, part: Part, *, null: bool = False) -> dict[str, JsonValue]:
    if part.bounds.keys() & {"const", "enum", "type"}:
        return {}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        inner, item = _taken_apart(get_args(hint)[0])
        known = Part("", "") if inner is None else inner
        items = _schema(_Member("", "", known, item, required=True, default=MISSING))
        return {"type": "array", "items": _typed(item, known) if inner is None else items}
    named = _TYPES.get(get_origin(hint) or hint)
    return {} if named is None else {"type": [named, "null"] if null else named}


def _reader(hint: object) -> Convert:
    if dataclasses.is_dataclass(hint):
        return lambda value: read_part(hint, as_object(value))  # type: ignore[arg-type] # as above
    if get_origin(hint) is Literal or hint is str:
        return as_text
    if get_origin(hint) is tuple:
        read = _reader(_taken_apart(get_args(hint)[0])[1])
        return lambda value: tuple(map(read, as_list(value)))
    if get_origin(hint) is Mapping or hint is Mapping:
        return as_object
    if hint is float:
        return lambda value: float(as_number(value))
    return (lambda value: int(as_number(value))) if hint is int else _same


def _writer(hint: object) -> Convert:
    if dataclasses.is_dataclass(hint):
        return written
    if get_origin(hint) is tuple:
        write = _writer(_taken_apart(get_args(hint)[0])[1])
        return lambda value: [write(one) for one in value]
    return _same


def _same(value: T) -> T:
    return value
