"""Lists for programs that read every new entry. The entries are in the order of their commits."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import strawberry
from strawberry.relay import PageInfo

from automate.kernel.committed_queries import CommittedSelection, Followed, FollowedPage, newest_page, page_after
from automate.kernel.cursors import CursorSpace
from automate.kernel.errors import NormalizedError
from automate.kernel.queries import slice_limit
from graphql_schema.connections import LIMITS, Connection, Edge, NodeType, Row, binding_of, space_of
from graphql_schema.loaded import Arguments
from graphql_schema.planning import Selected

ORDER_DESCRIPTION = (
    "Use NEWEST to show a list to people. Use COMMITTED in a program that follows the list. A "
    "cursor is valid only for the order that returned it."
)


@strawberry.enum(description="The order in which a list is read.")
class ListOrder(Enum):
    NEWEST = strawberry.enum_value(
        "newest",
        description="Newest first, by time of creation. The list has all stored entries. An entry that commits late "
        "appears between entries that a client has already read.",
    )
    COMMITTED = strawberry.enum_value(
        "committed",
        description="In the order of commits, oldest first. The list goes back as far as the resume window: 24 "
        "hours, unless the platform has another setting. Pass `pageInfo.endCursor` of each page as the "
        "next `after`, and you get each row exactly once. A page may have fewer rows than `first` while "
        "`hasNextPage` is true. `last: 0` returns the current `endCursor`.",
    )


def space_of_followed(connection: str, wanted: object) -> CursorSpace:
    """Return the scope of the cursors of a list. The entries of this list are in the order of their commits."""
    return space_of(connection, [str(ListOrder.COMMITTED.value), binding_of(wanted)])


def followed_connection(  # noqa: PLR0917 - a page's parts
    field: Selected,
    space: CursorSpace,
    followed: Followed,
    wanted: CommittedSelection[Row],
    make: Callable[[Row], NodeType],
    count: Callable[[], int],
) -> Connection[NodeType]:
    """Read a page of a list. The entries of the list are in the order of their commits.

    Raises BAD_USER_INPUT, LIMIT_EXCEEDED, INVALID_CURSOR, CURSOR_EXPIRED.
    """
    page = _page(space, field.arguments, followed, wanted)
    cursors = [space.seal_position(*position) for position in page.positions]
    return Connection(
        edges=[Edge(cursor=cursor, node=make(row)) for cursor, row in zip(cursors, page.rows, strict=True)],
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else space.seal_position(*page.start),
            end_cursor=space.seal_position(*page.end),
        ),
        total_count=count() if field.wants("totalCount") else 0,
    )


def _page(
    space: CursorSpace, arguments: Arguments, followed: Followed, wanted: CommittedSelection[Row]
) -> FollowedPage[Row]:
    after, last = arguments.get("after"), arguments.get("last")
    if arguments.get("before") is not None or (last is not None and after is not None):
        name = "before" if arguments.get("before") is not None else "last"
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`{name}` cannot be used here, because `order: COMMITTED` starts with the oldest entry. "
            "Pass `first` and `after`. To read the newest entries, pass only `last`.",
            path=[name],
        )
    limit, forward = slice_limit(arguments.get("first"), last, LIMITS)
    if not forward:
        return newest_page(followed, wanted, limit)
    return page_after(followed, wanted, space.open_position(after) if after is not None else None, limit)
