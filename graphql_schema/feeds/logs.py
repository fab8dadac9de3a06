"""Interfaces of a feed: the log, and the view that selects items of the log for a subscription."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from automate.runs.feed_queries import LogBounds, Position
from graphql_schema.context import Info
from graphql_schema.loaded import Shown
from graphql_schema.planning import Selected, selected

FeedRow: TypeAlias = Any
"""A row of a feed's own log, or the other rows that its items need. typing has no type for rows that only their own feed
knows.
"""


class PositionedRow(Protocol):
    """A row of a log, with the row's position in the order of commits."""

    @property
    def position(self) -> Position: ...

    @property
    def occurred_at(self) -> datetime: ...


class FeedPage(Protocol):
    """The next rows of a log."""

    @property
    def rows(self) -> Sequence[PositionedRow]: ...

    @property
    def held(self) -> bool: ...


class Log(Protocol):
    """A log of the current tenant, in the order of commits. The methods of the log execute SQL."""

    @property
    def bounds(self) -> Callable[[], LogBounds]: ...

    @property
    def resume(self) -> Callable[[Position, LogBounds], Position]: ...

    @property
    def after(self) -> Callable[[Position], FeedPage]: ...


class FeedView(Protocol):
    """A view selects items from a log for one subscription. Several threads use a view at once, so a view has no state."""

    def cursor(self, position: Position) -> str: ...

    def open(self, cursor: str) -> Position:
        """Return the position of a cursor. Raises INVALID_CURSOR."""
        ...

    def wanted(self, rows: Sequence[FeedRow]) -> Sequence[PositionedRow]:
        """Return the rows that match the filter. Queries the database."""
        ...

    def items(self, rows: Sequence[FeedRow], near: FeedRow) -> Sequence[object]:
        """Make one item from each row. An item has everything that the subscription selects. Executes SQL."""
        ...

    def checkpoint(self, position: Position) -> object: ...

    def gap(self, before: Position, following: Position) -> object: ...


@dataclass(frozen=True)
class Feed:
    """One kind of feed."""

    log: Log
    channel: Callable[[uuid.UUID], str]
    """Returns the name of the Redis channel that wakes the subscribers of a tenant."""
    near: Callable[[Sequence[FeedRow]], object]
    """Reads other rows that the items of a page need, such as runs."""
    view: Callable[[Selected], FeedView]
    """Makes the selection of one subscription. Call it in the tenant's scope."""


@dataclass(frozen=True)
class FeedRequest:
    """The arguments of a feed, as its resolver received them."""

    feed: Feed
    after: str | None
    """The cursor to resume from; None to start now."""
    field: Selected
    """The root field with its selection."""
    key: str
    """The key of the field in the answer."""


def requested(info: Info, feed: Feed, after: str | None) -> AsyncGenerator[Shown, None]:
    """Store the arguments of a feed in the caller's ``FeedSlot``. Returns a stream without items.

    Raises LookupError if the operation is not run by ``graphql_schema.answers``.
    """
    slot = info.context.feed
    if slot is None:
        raise LookupError("a feed needs a caller with a FeedSlot")
    slot.request = FeedRequest(feed, after, selected(info), str(info.path.key))
    return _nothing()


async def _nothing() -> AsyncGenerator[Shown, None]:
    return
    yield  # makes this function a generator
