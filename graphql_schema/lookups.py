"""Looks up one object by its id, slug or name, for queries that return null for an unknown object."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import TypeVar

import strawberry

from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.planning import load_selection

Row = TypeVar("Row")
Shown = TypeVar("Shown")


def looked_up(  # noqa: PLR0917 - a lookup's parts
    info: Info,
    type_name: str,
    id: strawberry.ID | None,
    by_id: Callable[[list[uuid.UUID]], Mapping[uuid.UUID, Row]],
    make: Callable[[Row], Shown],
    name: str | None = None,
    by_name: Callable[[str], Row | None] | None = None,
) -> Shown | None:
    """Read one object. Unknown objects and objects of other tenants are None.

    - ``type_name``: the type of the object in the schema.
    - ``id``: the global id or the UUID. If it is None, ``name`` is looked up.
    - ``make``: converts a row to the object.
    - ``name``: the slug or name, for ``by_name``.
    """
    row: Row | None = None
    if id is not None:
        row_id = row_id_of(id, type_name)
        row = by_id([row_id]).get(row_id) if row_id is not None else None
    elif name is not None and by_name is not None:
        row = by_name(name)
    return load_selection(info, make(row) if row is not None else None)
