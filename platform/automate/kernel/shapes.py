"""Shapes: typed declarations of the values that clients write, such as the options of a rule.

A shape is a frozen dataclass, declared once. Each field has a type, a description, and usually a kind::

    @dataclass(frozen=True)
    class RateLimit:
        limit: Annotated[int, Whole(1, 1_000), Says("The largest number of runs in a period.")]
        key: Annotated[str, Says("Matches are counted for each key.", null="Null: for all together.")] = ""

Four things follow from a declaration: the checks of ``kernel.shape_checks``, its JSON Schema, the form of the
configuration file, and the inputs of GraphQL (``graphql_schema.shaped``).

A shape can have a static method ``wrong``, which yields the problems that concern several fields. ``wrong`` gets a
stored value, whose fields can be invalid, and a function that returns the spelling of a field's name in messages.

Rows store a value by the names of the fields, such as ``period_seconds``. Clients write API names, such as
``periodSeconds``. ``stored_form`` converts a client's value to the stored form, and ``api_form`` converts it back.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from automate.kernel.json_values import JsonObject, JsonValue, as_list, as_number, as_object, as_objects
from automate.kernel.problems import Problem
from automate.kernel.text import api_name
from automate.kernel.timestamps import parse_with_offset

Shape = TypeVar("Shape")
FieldValue: TypeAlias = Any
"""The value of a shape's field. typing's ``get_type_hints`` gives the types of fields only while the program runs, and
typeshed types a field's default as Any.
"""
ShapeClass: TypeAlias = type[object]
"""The dataclass of a shape."""
Spell = Callable[[str], str]
"""The spelling of a field's name in paths and messages, such as ``api_name``."""
Check = Callable[[FieldValue], Iterable[Problem]]
"""Finds the problems of a value. Paths begin at the value. It can also raise one NormalizedError."""


@dataclass(frozen=True)
class Whole:
    """A whole number, with its minimum and its maximum."""

    least: int | None = None
    most: int | None = None

    @property
    def words(self) -> str:
        if self.least is None:
            return "a whole number" if self.most is None else f"a whole number of at most {self.most}"
        if self.most is None:
            return f"a whole number of at least {self.least}"
        return f"a whole number from {self.least} to {self.most}"

    def accepts(self, value: JsonValue, *, stored: bool) -> bool:  # noqa: ARG002 - as OneOf
        number = as_number(value)
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


@dataclass(frozen=True)
class OneOf:
    """A type with a fixed list of words, such as an enum."""

    values: tuple[str, ...]
    shouted: bool = False
    """Whether clients write the words in capitals."""

    def accepts(self, value: JsonValue, *, stored: bool) -> bool:
        """Return whether ``value`` is one of the allowed words.

        If ``stored`` is True, ``value`` is spelled as in the database. Otherwise ``value`` is spelled as in the API.
        """
        return value in (self.values if stored else map(self.spelled, self.values))

    def spelled(self, value: JsonValue) -> JsonValue:
        """Return the API's spelling of a word from the database."""
        return value.upper() if self.shouted and isinstance(value, str) and value in self.values else value

    def stored(self, value: JsonValue) -> JsonValue:
        """Convert a word from the API to the database's spelling. Return an unknown word unchanged, so that errors show it."""
        lower = value.lower() if self.shouted and isinstance(value, str) and value.isupper() else value
        return lower if lower in self.values else value


@dataclass(frozen=True)
class Fitting:
    """A value that fulfils a condition."""

    words: str
    """Describes a valid value."""
    fits: Callable[[FieldValue], object]

    def accepts(self, value: JsonValue, *, stored: bool) -> bool:  # noqa: ARG002 - as OneOf
        return bool(self.fits(value))


@dataclass(frozen=True)
class Checked:
    """A shape that also calls a function to check the value."""

    words: str
    """Describes a valid value."""
    check: Check = lambda _value: ()
    """Validates the value."""


@dataclass(frozen=True)
class CheckedLater:
    """A nested value that is checked later. The outer shape checks only whether the value is a mapping."""

    words: str = "a mapping"


Kind: TypeAlias = Whole | OneOf | Fitting | Checked | CheckedLater


@dataclass(frozen=True)
class Says:
    """The description of a field, as GraphQL shows it."""

    text: str
    null: str = ""
    """A sentence about null in an input of GraphQL, if null stands for the default of the field."""
    api_name: str = ""
    """The name for clients, if the row has another word."""


@dataclass(frozen=True)
class ShapeField:
    """The description of one field of a shape. It comes from the type annotation of the field."""

    name: str
    api_name: str
    type: ShapeClass
    """The type without None. ``object`` allows any JSON value. For a list, it is the type of the list's items."""
    many: bool
    """Whether the value is a list."""
    kind: Kind | None
    says: Says
    default: FieldValue
    """MISSING if the field is required."""

    @property
    def nested(self) -> ShapeClass | None:
        """The shape of the value. For a list, the shape of its items. None if there is no shape."""
        return self.type if is_dataclass(self.type) else None

    @property
    def required(self) -> bool:
        return self.default is MISSING

    @property
    def words(self) -> str:
        """The words that describe a valid value. In a message they follow "must be"."""
        if self.many:
            return "a list of texts" if self.type is str else f"a list, each {self.item_words}"
        return self.item_words

    @property
    def item_words(self) -> str:
        """The words that describe a valid value. If the field is a list, the words describe one valid item."""
        if self.nested is not None and self.kind is None:
            return f"a mapping with {names(self.nested)}"
        if isinstance(self.kind, OneOf):
            return f"one of {', '.join(map(str, map(self.kind.spelled, self.kind.values)))}"
        if self.kind is not None:
            return self.kind.words
        if self.many and self.type is str:
            return "a text; put it in quotes"
        return _WORDS.get(self.type, "any value")


_WORDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    dict: "a mapping",
    datetime: "a timestamp in quotes, such as 2027-05-01T12:00:00Z",
}


_FIELDS: dict[ShapeClass, Mapping[str, ShapeField]] = {}
_BY_API_NAME: dict[ShapeClass, Mapping[str, ShapeField]] = {}


def fields_of(kind: type) -> Mapping[str, ShapeField]:
    """Return the fields of a shape under their names, in the order of their declaration."""
    found = _FIELDS.get(kind)
    if found is None:
        hints = get_type_hints(kind, include_extras=True)
        found = {field.name: _field(field.name, hints[field.name], field.default) for field in fields(kind)}
        _FIELDS[kind] = found
        _BY_API_NAME[kind] = {field.api_name: field for field in found.values()}
    return found


def _by_api_name(kind: ShapeClass) -> Mapping[str, ShapeField]:
    fields_of(kind)
    return _BY_API_NAME[kind]


def names(kind: ShapeClass) -> str:
    """Return the API names of a shape's fields as one text, for use in a sentence."""
    return listed([field.api_name for field in fields_of(kind).values()])


def listed(words: Sequence[str]) -> str:
    """Join words to one text with commas and a final ``and``, such as ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _field(name: str, hint: object, default: object) -> ShapeField:
    kind: Kind | None = None
    says, many = Says(""), False
    while True:
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)
            kind = next((one for one in extras if isinstance(one, Kind)), kind)
            says = next((one for one in extras if isinstance(one, Says)), says)
        elif get_origin(hint) in {Union, types.UnionType}:
            members = [one for one in get_args(hint) if one is not type(None)]
            hint = members[0] if len(members) == 1 else object
        elif get_origin(hint) in {tuple, list}:
            hint, many = get_args(hint)[0], True
        else:
            # In Python 3.10, dict[str, Any] counts as a type.
            plain = get_origin(hint) or hint
            plain = plain if isinstance(plain, type) else object
            return ShapeField(name, says.api_name or api_name(name), plain, many, kind, says, default)


def read(kind: type[Shape], stored: Mapping[str, JsonValue]) -> Shape:
    """Make a shape from a stored value. The value was checked when it was saved. Unknown members are ignored."""
    return kind(
        **{name: _read(field, stored[name]) for name, field in fields_of(kind).items() if stored.get(name) is not None}
    )


def _read(field: ShapeField, value: JsonValue) -> FieldValue:
    if field.many:
        items: list[FieldValue] = (
            as_list(value) if field.nested is None else [read(field.nested, one) for one in as_objects(value)]
        )
        return tuple(items) if isinstance(field.default, tuple) else items
    if field.nested is not None:
        return read(field.nested, as_object(value))
    return parse_with_offset(value) if field.type is datetime and isinstance(value, str) else value


def stored_form(kind: ShapeClass, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Replace the API names in a value by the names in the row.

    Null means the same as a missing member. Members that are null are left out. Unknown members stay, so that a check
    can report them.
    """
    known = _by_api_name(kind)
    return {
        field.name if (field := known.get(name)) is not None else name: _each(field, value, stored_form)
        for name, value in given.items()
        if value is not None
    }


def api_form(kind: ShapeClass, stored: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Convert a stored value to API names."""
    known = fields_of(kind)
    return {
        field.api_name if (field := known.get(name)) is not None else name: _each(field, value, api_form)
        for name, value in stored.items()
        if value is not None
    }


def without_defaults(kind: ShapeClass, stored: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a stored value without the members that equal their default. Nested values are reduced in the same way."""
    known = fields_of(kind)
    return {
        name: without_defaults(field.nested, value)
        if field is not None and field.nested is not None and isinstance(value, dict)
        else value
        for name, value in stored.items()
        if (field := known.get(name)) is None or not _same(value, field.default)
    }


def with_defaults(kind: ShapeClass, stored: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Add defaults to a stored value. The result looks like an input of GraphQL.

    A missing field gets its default. If the default is null, or null has its own meaning, the missing field stays missing.
    """
    filled = {
        name: field.default
        for name, field in fields_of(kind).items()
        if not field.required and field.default is not None and not field.says.null
    }
    for name, value in stored.items():
        field = fields_of(kind).get(name)
        inside = field.nested if field is not None else None
        filled[name] = with_defaults(inside, value) if inside is not None and isinstance(value, dict) else value
    return filled


def _same(value: JsonValue, other: object) -> bool:
    """Return whether two values are equal in JSON. In JSON, true does not equal 1."""
    if isinstance(other, tuple):
        other = list(other)
    return type(value) is type(other) and bool(value == other)


def _each(
    field: ShapeField | None, value: JsonValue, convert: Callable[[ShapeClass, JsonObject], JsonValue]
) -> JsonValue:
    if field is None:
        return value
    if field.nested is not None:
        if field.many and isinstance(value, list):
            return [convert(field.nested, one) if isinstance(one, dict) else one for one in value]
        return convert(field.nested, value) if isinstance(value, dict) else value
    if isinstance(field.kind, OneOf):
        spell = field.kind.stored if convert is stored_form else field.kind.spelled
        return [spell(one) for one in value] if field.many and isinstance(value, list) else spell(value)
    return value
