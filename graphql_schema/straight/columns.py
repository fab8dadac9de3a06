"""What a type's fields are in SQL, declared beside its loaders, for reads that make no object of a row.

A straight read selects the columns of the selected fields alone, and its rows become the answer at once. A selection with a field
that is declared nowhere is read by ``graphql_schema.planning`` instead, with the same answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import Any

from automate.kernel.queries import Wanted
from automate.kernel.text import api_name
from graphql_schema.ids import UUID_CHARACTERS
from graphql_schema.planning import Selected

Show = Callable[[Any], Any]
_BYTES_OF_A_LINE = 57


@dataclass(frozen=True)
class Column:
    """sql: ``{}`` stands for the alias of the row. show: from the value of the row to that of the answer; None for the same one."""

    sql: str
    show: Show | None = None


@dataclass(frozen=True)
class Made:
    """An object that is made of a value, such as an error. sql: null where there is none. make: gives one of our types."""

    sql: str
    make: Show


@dataclass(frozen=True)
class One:
    """A neighbour in the same row. of: its type. join: ``{new}`` and ``{old}`` stand for the aliases."""

    of: str
    join: str


@dataclass(frozen=True)
class Inside:
    """A list below that its row's own statement reads. sql: the column with its rows, see ``kernel.queries.rows_inside``.
    complete: gives the answer's value for the column's value of each row.
    """

    sql: str
    complete: Callable[[Sequence[str | None]], Sequence[Any]]


@dataclass(frozen=True)
class Below:
    """What is read below all rows at once, by a statement of its own or inside theirs. key: the column that the loader takes.

    load: gives the answer's value for each key, in their order. Keys may repeat. None where inside reads all there is.
    needs: the permissions for what is selected below. It raises Uncommon where planning has to read that, before any SQL.
    own: whether the row itself may be all that there is below, such as a step with one attempt. The loader then takes pairs of
    the key and the row as a row of the list below, with its id at the end.
    inside: reads it with the row, whose alias it is given, instead of key and load. None where the arguments ask for a statement of
    its own.
    """

    key: str
    load: Callable[[Sequence[Any], Selected], Sequence[Any]] | None
    needs: Callable[[Selected], AbstractSet[str]] = lambda _selected: frozenset()
    own: Callable[[Selected, str], Wanted] | None = None
    inside: Callable[[Selected, str], Inside | None] | None = None


Field = Column | Made | One | Below
TYPES: dict[str, Mapping[str, Field]] = {}
"""By the names of type and field."""


def straight(kind: type, row: type, columns: str, /, **fields: Field) -> None:
    """Declare the fields of a type. Plain fields that the row has under the same name need no line.

    columns: names of the row's fields that are columns of the same name, separated by spaces. fields: by their names in Python.
    Raises TypeError for a column that is no field of both.
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
    """The global id of the row that a column names, see ``graphql_schema.ids``. PostgreSQL writes it: a page has hundreds.

    Raises TypeError for a name that is too long for one line of PostgreSQL's base64.
    """
    if len(type_name) + 1 + UUID_CHARACTERS > _BYTES_OF_A_LINE:
        raise TypeError(f"the name {type_name} makes ids of more than one line")
    return Column(f"encode(convert_to('{type_name}:' || {{}}.{column}, 'UTF8'), 'base64')")


def named(choices: type[Enum]) -> Show:
    """From the stored value to the name in the schema."""
    return {member.value: member.name for member in choices}.__getitem__


def as_it_is(value: Any) -> Any:
    """For a column that has the name of an enum's value."""
    return value
