"""The two sides of a feed: the log, and the view of the log that one operation selects.

A hub reads a log once for all subscribers of a tenant. Each distinct view converts the rows of a page to items once.
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
    """A row of a log. position: its place in the order of commits."""

    @property
    def position(self) -> Position: ...

    @property
    def occurred_at(self) -> datetime: ...


class FeedPage(Protocol):
    """The next settled rows of a log. held: an older open transaction hides newer rows, so another read is due soon."""

    @property
    def rows(self) -> Sequence[Any]: ...

    @property
    def held(self) -> bool: ...


class Log(Protocol):
    """A log of the current tenant in the order of commits. Every method runs SQL, in a thread and a scope. Logs are hashable."""

    @property
    def bounds(self) -> Callable[[], LogBounds]: ...

    @property
    def resume(self) -> Callable[[Position, LogBounds], Position]: ...

    @property
    def after(self) -> Callable[[Position], FeedPage]: ...


class FeedView(Protocol):
    """The selection of one operation from a log. Stateless: several threads use it at once."""

    def cursor(self, position: Position) -> str: ...

    def open(self, cursor: str) -> Position:
        """The position of a cursor. Raises NormalizedError INVALID_CURSOR."""
        ...

    def wanted(self, rows: Sequence[Any]) -> list[Any]:
        """Select the rows that match the filter. Runs SQL."""
        ...

    def items(self, rows: Sequence[Any], near: Any) -> list[Any]:
        """One item for each row, with everything that is selected below it. Runs SQL."""
        ...

    def checkpoint(self, position: Position) -> Any: ...

    def gap(self, before: Position, following: Position) -> Any: ...


@dataclass(frozen=True)
class Feed:
    """One kind of feed: its log, and how an operation selects from the log."""

    log: Log
    permission: str
    """The permission that a subscriber needs."""
    channel: Callable[[uuid.UUID], str]
    """Returns the Redis channel of a tenant's wake-ups."""
    near: Callable[[Sequence[Any]], Any]
    """Reads what items need besides the rows of a page, such as runs."""
    view: Callable[[Selected], FeedView]
    """Makes the view, in the tenant's scope."""


@dataclass(frozen=True)
class FeedRequest:
    """The request of a feed's resolver, before any check or read."""

    feed: Feed
    after: str | None
    """The cursor to resume from; None for now."""
    field: Selected
    """The root field as selected."""
    key: str
    """The field's name in the answer."""


def requested(info: Info, feed: Feed, after: str | None) -> AsyncGenerator[Any, None]:
    """Store the request of a feed's resolver with the caller, and return a stream without items.

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
