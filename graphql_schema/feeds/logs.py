"""Interfaces of a feed: the log, and how one subscription selects from the log.

A hub reads a log once for all subscribers of a tenant. The rows of a page are converted to items once for each distinct
selection.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from automate.runs.feed_queries import LogBounds, Position
from graphql_schema.context import Info
from graphql_schema.planning import Selected, selected


class Row(Protocol):
    """A row of a log.

    - ``position``: its place in the order of commits.
    """

    @property
    def position(self) -> Position: ...

    @property
    def occurred_at(self) -> datetime: ...


class FeedPage(Protocol):
    """The next rows of a log, in their final order.

    - ``held``: whether an older open transaction still hides newer rows. In this case, read the log again soon.
    """

    @property
    def rows(self) -> Sequence[Any]: ...

    @property
    def held(self) -> bool: ...


class Log(Protocol):
    """A log of the current tenant in the order of commits.

    Every method runs SQL and must be called in a thread and in the tenant's scope. Logs are hashable.
    """

    @property
    def bounds(self) -> Callable[[], LogBounds]: ...

    @property
    def resume(self) -> Callable[[Position, LogBounds], Position]: ...

    @property
    def after(self) -> Callable[[Position], FeedPage]: ...


class FeedView(Protocol):
    """How one subscription selects from a log. The object has no state, because several threads use it at once."""

    def cursor(self, position: Position) -> str: ...

    def open(self, cursor: str) -> Position:
        """The position in the log that a cursor names. Raises NormalizedError INVALID_CURSOR."""
        ...

    def wanted(self, rows: Sequence[Any]) -> list[Any]:
        """Select the rows that match the filter. Runs SQL."""
        ...

    def items(self, rows: Sequence[Any], near: Any) -> list[Any]:
        """Make one item for each row, and load everything that the subscription selects below it. Runs SQL."""
        ...

    def checkpoint(self, position: Position) -> Any: ...

    def gap(self, before: Position, following: Position) -> Any: ...


@dataclass(frozen=True)
class Feed:
    """One kind of feed: its log, and how a subscription selects from the log."""

    log: Log
    permission: str
    """The permission that a subscriber needs."""
    channel: Callable[[uuid.UUID], str]
    """Returns the name of the Redis channel that wakes the subscribers of a tenant."""
    near: Callable[[Sequence[Any]], Any]
    """Reads other rows that the items of a page need, such as runs."""
    view: Callable[[Selected], FeedView]
    """Makes the selection of one subscription. Call it in the tenant's scope."""


@dataclass(frozen=True)
class FeedRequest:
    """The arguments of a feed, as its resolver received them. Nothing is checked or read yet."""

    feed: Feed
    after: str | None
    """The cursor to resume from; None to start now."""
    field: Selected
    """The root field with its selection."""
    key: str
    """The key of the field in the answer."""


def requested(info: Info, feed: Feed, after: str | None) -> AsyncGenerator[Any, None]:
    """Store the arguments of a feed with the caller, and return a stream without items.

    Raises LookupError if the operation is not run by ``graphql_schema.answers``.
    """
    slot = info.context.feed
    if slot is None:
        raise LookupError("a feed needs a caller with a FeedSlot")
    slot.request = FeedRequest(feed, after, selected(info), str(info.path.key))
    return _nothing()


async def _nothing() -> AsyncGenerator[Any, None]:
    return
    yield  # makes this function a generator
