"""Reads root fields, and turns their rows into JSON without a Python object for each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from automate.kernel.queries import ColumnSelection, Page
from automate.kernel.rows import DatabaseRow
from graphql_schema.completion import Completed, Uncommon
from graphql_schema.loaded import Shown
from graphql_schema.planning import Selected
from graphql_schema.straight.connections import connection_shape
from graphql_schema.straight.lists import list_shape


def read_one(
    field: Selected,
    alias: str,
    read: Callable[[ColumnSelection], Sequence[DatabaseRow]],
    otherwise: Callable[[], object],
) -> Shown:
    """Read one object. Returns None if the object does not exist."""
    left = field.plan.payload_bytes.left
    try:
        shape = list_shape(field, alias)
        found = shape.complete(field.plan, read(shape.wanted(field.plan)))
    except Uncommon:
        # Return the payload bytes that the attempt took.
        field.plan.payload_bytes.left = left
        return otherwise()
    return Completed(found[0]) if found else None


def read_page(  # noqa: PLR0917 - a page's parts
    field: Selected,
    alias: str,
    seal: Callable[[DatabaseRow], str],
    read: Callable[[ColumnSelection], Page[DatabaseRow]],
    count: Callable[[], int],
    otherwise: Callable[[], object],
    *further: str,
) -> Shown:
    """Read one page of a connection."""
    left = field.plan.payload_bytes.left
    try:
        shape = connection_shape(field, alias)
        page = read(shape.wanted(*further, f"{alias}.id::text"))
        (answer,) = shape.complete([page], seal, [count() if shape.counts else 0])
    except Uncommon:
        field.plan.payload_bytes.left = left
        return otherwise()
    return Completed(answer)
