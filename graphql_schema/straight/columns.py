"""Declares the SQL that a straight read uses for the fields of a type.

A straight read turns rows into JSON without a Python object for each row. If a selection contains an undeclared field,
``graphql_schema.planning`` reads the data of this selection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from inspect import get_annotations
from typing import TypeVar

import orjson
from graphql import GraphQLObjectType
from strawberry.types import get_object_definition
from strawberry_django.utils.typing import get_django_definition, is_auto

from automate.kernel.queries import ColumnSelection
from automate.kernel.rows import DatabaseValue
from automate.kernel.text import api_name
from graphql_schema.ids import UUID_CHARACTERS
from graphql_schema.planning import DEFINITION, Selected

T = TypeVar("T")
Show = Callable[[DatabaseValue], object]
_BYTES_OF_A_LINE = 57
_PLAIN = frozenset(
    {"BooleanField", "CharField", "DateTimeField", "IntegerField", "JSONField", "SmallIntegerField", "TextField"}
)
"""The kinds of columns that a straight read shows as SQL returns them. JSON is read as text."""


@dataclass(frozen=True)
class Column:
    """A field whose value is a column of the row."""

    sql: str
    """The SQL of the column. ``{}`` stands for the alias of the row."""
    show: Show | None = None
    """Converts the column's value to the answer's value; None if the two values are equal."""


@dataclass(frozen=True)
class Made:
    """A field that shows an object. The object is made from one value of the row."""

    sql: str
    """The SQL of the value. Null means that the field is null."""
    make: Show
    """Makes the object of a GraphQL type from the value."""


@dataclass(frozen=True)
class One:
    """A field that shows another object. A join adds the columns of this object to the row."""

    of: str
    """The name of the object's type."""
    join: str
    """The SQL of the join. ``{new}`` and ``{old}`` stand for the aliases of the joined row and of the row before it."""


@dataclass(frozen=True)
class Inside:
    """A list that is read with its parent. One column of the parent's row contains all rows of the list."""

    sql: str
    """The SQL of the column with the list's rows: see ``kernel.queries.rows_inside``."""
    complete: Callable[[Sequence[str | None]], Sequence[object]]
    """Converts the column's values to the answer's values."""


@dataclass(frozen=True)
class Below:
    """A field that is read for all rows at once."""

    key: str
    """The SQL of the column whose values ``load`` gets as keys."""
    load: Callable[[Sequence[DatabaseValue], Selected], Sequence[object]] | None
    """Returns the answer's value for each key, in the same order. Keys can repeat. None if ``inside`` can read every
    selection.
    """
    needs: Callable[[Selected], AbstractSet[str]] = lambda _selected: frozenset()
    """Returns the permissions that the selection below the field needs. Raises Uncommon, before any SQL, for a
    selection that planning has to read.
    """
    own: Callable[[Selected, str], ColumnSelection] | None = None
    """Returns the columns of a list entry. It is set if the row itself can be the only entry of the list, such as a
    step with one attempt. Then ``load`` gets pairs of the key and the row with these columns.
    """
    inside: Callable[[Selected, str], Inside | None] | None = None
    """Returns SQL that reads the field in the statement of its row. The second argument is the alias of the row.
    Returns None if the field's arguments need another statement.
    """


Field = Column | Made | One | Below


Computed = Mapping[str, Field | None]
"""The fields of a type that are no plain columns, by their Python names. None: ``graphql_schema.planning`` reads it."""


def straight(computed: Computed) -> Callable[[type[T]], type[T]]:
    """Decorate a type of a model, so that straight reads can read its fields.

    A field of the type ``strawberry.auto`` reads the column with its name. ``computed`` has the SQL of other fields.
    Raises TypeError if ``computed`` names an unknown field, or if it lacks a column that SQL does not return as JSON.
    """

    def declare(kind: type[T]) -> type[T]:
        shape: type = kind
        names = {field.python_name for field in get_object_definition(shape, strict=True).fields}
        if unknown := {*computed} - names:
            raise TypeError(f"{kind.__name__} has no fields {sorted(unknown)}.")
        declared = {**_columns(shape, computed), **computed}
        found = {api_name(name): field for name, field in declared.items() if field is not None}
        kind.__straight__ = found  # type: ignore[attr-defined] # an attribute of ours on a class of strawberry
        return kind

    return declare


def _columns(kind: type, computed: Computed) -> dict[str, Field]:
    # The columns of the model that the type shows unchanged.
    model = get_django_definition(kind, strict=True).model
    kinds = {column.name: column.get_internal_type() for column in model._meta.concrete_fields}  # noqa: SLF001 - public in Django
    shown = [name for name, annotation in get_annotations(kind).items() if is_auto(annotation) and name not in computed]
    if strange := [name for name in shown if kinds.get(name) not in _PLAIN]:
        raise TypeError(
            f"{kind.__name__}: name the SQL of {strange} in `@straight`, because they are no plain columns."
        )
    return {
        name: json_column(f"{{}}.{name}") if kinds[name] == "JSONField" else Column(f"{{}}.{name}") for name in shown
    }


def fields_of(kind: GraphQLObjectType) -> Mapping[str, Field] | None:
    """Return the declared fields of a type by their names in the schema. None if the type declares none."""
    found: Mapping[str, Field] | None = getattr(kind.extensions[DEFINITION].origin, "__straight__", None)
    return found


def id_of(type_name: str, column: str = "id") -> Column:
    """Return a column with the global id of a row. PostgreSQL encodes the id.

    Raises TypeError if the type name is too long: the id in PostgreSQL's base64 must fit on one line.
    """
    if len(type_name) + 1 + UUID_CHARACTERS > _BYTES_OF_A_LINE:
        raise TypeError(f"the name {type_name} makes ids of more than one line")
    return Column(f"encode(convert_to('{type_name}:' || {{}}.{column}, 'UTF8'), 'base64')")


def json_column(sql: str) -> Column:
    """Return a column whose value is JSON."""
    return Column(f"{sql}::text", lambda text: None if text is None else orjson.loads(text))


def named(choices: type[Enum]) -> Show:
    """Return a function that converts a stored value to the name of the enum member with this value."""
    return {member.value: member.name for member in choices}.__getitem__


def as_it_is(value: object) -> object:
    """Return the column unchanged."""
    return value
