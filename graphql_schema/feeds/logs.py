"""The two sides of a feed: the log that it reads, and the view of the log that one operation selects.

A hub reads a log once for all subscribers of a tenant. Each distinct view turns the rows of a page into items once.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from automate.runs.feed_queries import Bounds, Position
from graphql_schema.context import Info
from graphql_schema.planning import Selected, selected


class Row(Protocol):
    """A row of a log. position: its place in the order of commits."""

    @property
    def position(self) -> Position: ...

    @property
    def occurred_at(self) -> datetime: ...


class Page(Protocol):
    """The next settled rows. held: newer rows wait for an older transaction, so another look soon is worthwhile."""

    @property
    def rows(self) -> Sequence[Any]: ...

    @property
    def held(self) -> bool: ...


class Log(Protocol):
    """A commit-ordered log of the current tenant. Every method runs SQL, in a thread and a scope. Logs are hashable."""

    @property
    def bounds(self) -> Callable[[], Bounds]: ...

    @property
    def resume(self) -> Callable[[Position, Bounds], Position]: ...

    @property
    def after(self) -> Callable[[Position], Page]: ...


class View(Protocol):
    """What one operation selects of a log. Stateless: several threads use it at once."""

    def cursor(self, position: Position) -> str: ...

    def open(self, cursor: str) -> Position:
        """Raises NormalizedError INVALID_CURSOR."""
        ...

    def wanted(self, rows: Sequence[Any]) -> list[Any]:
        """The rows that the filter keeps. Runs SQL."""
        ...

    def items(self, rows: Sequence[Any], near: Any) -> list[Any]:
        """One item for each row, with everything that is selected below it. Runs SQL."""
        ...

    def checkpoint(self, position: Position) -> Any: ...

    def gap(self, before: Position, following: Position) -> Any: ...


@dataclass(frozen=True)
class Feed:
    """permission: that a subscriber needs. channel: the Redis channel of a tenant's wake-ups. near: what items need of the
    rows of one page, such as their runs. view: makes the view, in the tenant's scope.
    """

    log: Log
    permission: str
    channel: Callable[[uuid.UUID], str]
    near: Callable[[Sequence[Any]], Any]
    view: Callable[[Selected], View]


@dataclass(frozen=True)
class FeedRequest:
    """What a feed's resolver asks for. Nothing is checked or read yet.

    after: the cursor to resume from; None for now. field: the root field as selected. key: its name in the answer.
    """

    feed: Feed
    after: str | None
    field: Selected
    key: str


def requested(info: Info, feed: Feed, after: str | None) -> AsyncGenerator[Any, None]:
    """For the resolver of a feed: leave its request with the caller, and return a stream without items.

    Raises LookupError where the operation is not run by ``graphql_schema.answers``.
    """
    slot = info.context.feed
    if slot is None:
        raise LookupError("a feed needs a caller with a FeedSlot")
    slot.request = FeedRequest(feed, after, selected(info), str(info.path.key))
    return _nothing()


async def _nothing() -> AsyncGenerator[Any, None]:
    return
    yield  # makes this function a generator
