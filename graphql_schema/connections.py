"""Relay connections with signed cursors, forward and backward."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

import strawberry
from strawberry.relay import PageInfo

from automate.kernel.cursors import CursorSpace
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import Limits
from automate.kernel.queries import Key, Page, Slice, slice_limit
from automate.kernel.tenancy import current_scope
from graphql_schema.loaded import Arguments, Loaded
from graphql_schema.planning import Selected

LIMITS = Limits()


class HasId(Protocol):
    @property
    def id(self) -> uuid.UUID: ...


Row = TypeVar("Row", bound=HasId)
NodeType = TypeVar("NodeType")
Read = TypeVar("Read")


@strawberry.interface(description="An object with a global id.")
class Node:
    id: strawberry.ID = strawberry.field(description="The global id, for `node(id)`.")
    loaded: strawberry.Private[Loaded] = dataclasses.field(default_factory=dict)


@strawberry.type
class Edge(Generic[NodeType]):
    cursor: str
    node: NodeType


@strawberry.type
class Connection(Generic[NodeType]):
    edges: list[Edge[NodeType]]
    page_info: PageInfo
    total_count: int = strawberry.field(
        description="The number of entries in all: exact up to 10,000; 10,001 means at least that many."
    )


@dataclasses.dataclass(frozen=True)
class Keys(Generic[Row]):
    """The functions that make and read the cursors of a list."""

    open: Callable[[str], Key]
    """Turns a cursor into the key of its row."""
    seal: Callable[[Row], str]
    """Makes the cursor of a row."""


def space_of(connection: str, binding: JsonValue = None) -> CursorSpace:
    """Return the scope of a list's cursors. A cursor is valid for one connection, tenant and filter."""
    tenant = current_scope().tenant
    return CursorSpace(connection, tenant.id.hex if tenant is not None else "", binding)


def binding_of(wanted: object) -> JsonValue:
    """Return a filter's values as JSON. The list's cursors are valid only for these values."""
    return {name: str(value) for name, value in vars(wanted).items() if value is not None}


def slice_of(space: CursorSpace, arguments: Arguments, open_key: Callable[[str], Key] | None = None) -> Slice:
    """Return the requested part of a list. Raises BAD_USER_INPUT, LIMIT_EXCEEDED, INVALID_CURSOR."""
    limit, forward = slice_limit(arguments.get("first"), arguments.get("last"), LIMITS)
    after, before = arguments.get("after"), arguments.get("before")
    opened = open_key or space.open_id
    return Slice(
        limit,
        forward,
        opened(after) if after is not None else None,
        opened(before) if before is not None else None,
    )


def list_limit(arguments: Arguments, pages: str = "") -> int:
    """Return the size of a list without pages: the argument ``first``, or the default if ``first`` is missing.

    Raises BAD_USER_INPUT, LIMIT_EXCEEDED.
    """
    first = arguments.get("first")
    if first is not None and first > LIMITS.page_size:
        instead = f"To read all entries, page through {pages}." if pages else "Request fewer entries."
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"`first` is {first}, but this list returns at most {LIMITS.page_size} entries. {instead}",
            details={"limit": "page_size", "maximum": LIMITS.page_size, **({"use": pages} if pages else {})},
            path=["first"],
        )
    return slice_limit(first, None, LIMITS)[0]


def connection_of(  # noqa: PLR0917 - a page's parts
    field: Selected,
    space: CursorSpace,
    page: Page[Row],
    make: Callable[[Row], NodeType],
    count: Callable[[], int],
    seal: Callable[[Row], str] | None = None,
) -> Connection[NodeType]:
    """Convert a page of rows to a connection."""
    edges = [Edge(cursor=seal(row) if seal else space.seal_id(row.id), node=make(row)) for row in page.rows]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        total_count=count() if field.wants("totalCount") else 0,
    )


def connections_under(  # noqa: PLR0917 - a page's parts
    field: Selected,
    name: str,
    parents: list[uuid.UUID],
    load: Callable[[list[uuid.UUID], Slice], Mapping[uuid.UUID, Page[Row]]],
    make: Callable[[Row], NodeType],
    count: Callable[[list[uuid.UUID]], Mapping[uuid.UUID, int]],
    keys: Callable[[CursorSpace], Keys[Row]] | None = None,
) -> list[Connection[NodeType]]:
    """Load a list of child objects for each of several parents. All lists together need one or two SQL statements."""
    space = space_of(name)
    written = keys(space) if keys is not None else None
    opened, seal = (written.open, written.seal) if written is not None else (None, None)
    pages = load(parents, slice_of(space, field.arguments, opened))
    counts = count(parents) if field.wants("totalCount") else dict.fromkeys(parents, 0)
    return [
        connection_of(field, space, pages[parent], make, partial(counts.__getitem__, parent), seal)
        for parent in parents
    ]


def not_found(what: str, name: str) -> NormalizedError:
    return NormalizedError(
        "NOT_FOUND", f"This tenant has no {what} {name!r}. Check the spelling.", details={what: name}
    )


def found_by(
    load: Callable[[list[uuid.UUID]], Mapping[uuid.UUID, Read]], make: Callable[[Read], NodeType]
) -> Callable[[uuid.UUID], NodeType | None]:
    """Return a function that reads one object by its row id. The function returns None for an unknown id.

    - ``load``: reads rows by their ids.
    - ``make``: converts a row to the object.
    """

    def find(row_id: uuid.UUID) -> NodeType | None:
        row = load([row_id]).get(row_id)
        return make(row) if row is not None else None

    return find


def objects_of(
    ids: Sequence[uuid.UUID | None],
    load: Callable[[list[uuid.UUID]], Mapping[uuid.UUID, Read]],
    make: Callable[[Read], NodeType],
) -> list[NodeType | None]:
    """Read the objects with these row ids, with one statement. The result for an unknown id, and for None, is None."""
    wanted = sorted({row_id for row_id in ids if row_id is not None})
    found = load(wanted) if wanted else {}
    rows = [found.get(row_id) if row_id is not None else None for row_id in ids]
    return [make(row) if row is not None else None for row in rows]
