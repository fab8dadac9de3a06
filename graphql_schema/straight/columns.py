"""Declare the SQL of a type's fields, for reads that make no object of a row.

A straight read selects only the columns of the selected fields, and its rows become the answer directly. A selection with an
undeclared field is read by ``graphql_schema.planning`` instead, with the same answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import Any

from automate.kernel.queries import ColumnSelection
from automate.kernel.text import api_name
from graphql_schema.ids import UUID_CHARACTERS
from graphql_schema.planning import Selected

Show = Callable[[Any], Any]
_BYTES_OF_A_LINE = 57


@dataclass(frozen=True)
class Column:
    """A field that is a column of the row."""

    sql: str
    """``{}`` stands for the alias of the row."""
    show: Show | None = None
    """Converts the row's value to the answer's value; None for equal values."""


@dataclass(frozen=True)
class Made:
    """A field whose object is made from a value of the row, such as an error."""

    sql: str
    """Null for no object."""
    make: Show
    """Returns an object of one of our types."""


@dataclass(frozen=True)
class One:
    """A field whose object is in the same row."""

    of: str
    """The name of its type."""
    join: str
    """``{new}`` and ``{old}`` stand for the aliases."""


@dataclass(frozen=True)
class Inside:
    """A list field that is read by the same statement as its parent's rows."""

    sql: str
    """The column with the rows of the list, see ``kernel.queries.rows_inside``."""
    complete: Callable[[Sequence[str | None]], Sequence[Any]]
    """Returns the answer's value for each value of the column."""


@dataclass(frozen=True)
class Below:
    """A field that is read for all rows at once, within their statement or by a statement of its own."""

    key: str
    """The column whose values the loader takes."""
    load: Callable[[Sequence[Any], Selected], Sequence[Any]] | None
    """Returns the answer's value for each key, in their order. Keys may repeat. None if ``inside`` reads every selection."""
    needs: Callable[[Selected], AbstractSet[str]] = lambda _selected: frozenset()
    """Returns the permissions of the selection below. Raises Uncommon, before any SQL, for a selection that planning has to read."""
    own: Callable[[Selected, str], ColumnSelection] | None = None
    """Set if the row itself may be the only entry below, such as the one attempt of a step. The loader then takes pairs of the key
    and the row in the form of the list below, with its id at the end.
    """
    inside: Callable[[Selected, str], Inside | None] | None = None
    """Reads the field inside the statement of its row, whose alias it takes. Returns None for arguments that need a statement of
    their own.
    """


Field = Column | Made | One | Below
TYPES: dict[str, Mapping[str, Field]] = {}
"""By type, and then by field."""


def straight(kind: type, row: type, columns: str, /, **fields: Field) -> None:
    """Declare the fields of a type. Plain fields with the same name in the row need no declaration.

    columns: names of fields that are columns of the same name, separated by spaces. fields: by their names in Python. Raises
    TypeError for a name that is not both a column and a field.
    """
    name = kind.__strawberry_definition__.name  # type: ignore[attr-defined]
    own = {field.name for field in dataclasses.fields(row)}
    shown = {field.name for field in dataclasses.fields(kind)}
    plain = columns.split()
    if lost := {*plain} - (own & shown):
        raise TypeError(f"{name}: no such columns: {sorted(lost)}.")
    found: dict[str, Field] = {column: Column("{}." + column) for column in plain}
    TYPES[name] = {api_name(field): declared for field, declared in (found | fields).items()}


def id_of(type_name: str, column: str = "id") -> Column:
    """The global id of the row whose id a column holds, see ``graphql_schema.ids``. PostgreSQL encodes it, because a page has
    hundreds.

    Raises TypeError for a name that is too long for one line of PostgreSQL's base64.
    """
    if len(type_name) + 1 + UUID_CHARACTERS > _BYTES_OF_A_LINE:
        raise TypeError(f"the name {type_name} makes ids of more than one line")
    return Column(f"encode(convert_to('{type_name}:' || {{}}.{column}, 'UTF8'), 'base64')")


def named(choices: type[Enum]) -> Show:
    """Convert a stored value to the name of the enum's value in the schema."""
    return {member.value: member.name for member in choices}.__getitem__


def as_it_is(value: Any) -> Any:
    """Use the column unchanged: it already has the name of the enum's value."""
    return value
