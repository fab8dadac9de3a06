"""One subscriber of a log: a checkpoint, the gap where rows are gone, and then each row once, as items of a view."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from automate.kernel.feed_log_queries import PAGE_ROWS, FeedLog, Position
from graphql_schema.context import Info
from graphql_schema.permissions import require
from graphql_schema.planning import Selected, selected
from graphql_schema.runs.feed.subscription import CHECKPOINT_SECONDS, FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS
from graphql_schema.streams import in_scope, require_active, rest
from graphql_schema.wakes import wakes


class View(Protocol):
    """What one operation selects of a log."""

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
    """channel: the Redis channel of a tenant's wake-ups. near: what items need of the rows of one page. view: makes the view."""

    log: FeedLog[Any]
    permission: str
    channel: Callable[[uuid.UUID], str]
    near: Callable[[Sequence[Any]], Any]
    view: Callable[[Selected], View]


@dataclass(frozen=True)
class _Step:
    """more: the log has more to read at once. held: newer rows wait for an open transaction."""

    items: list[Any]
    more: bool = False
    held: bool = False


class _Reader:
    def __init__(self, feed: Feed, field: Selected) -> None:
        self.feed = feed
        self.view = feed.view(field)
        self.position: Position = (0, 0, 0)

    def start(self, after: str | None) -> _Step:
        bounds = self.feed.log.bounds()
        self.position = self.view.open(after) if after is not None else bounds.now()
        items = [self.checkpoint()]
        following = self.feed.log.resume(self.position, bounds) if after is not None else self.position
        if following != self.position:
            items.append(self.view.gap(self.position, following))
            self.position = following
        return _Step(items, more=True)

    def checkpoint(self) -> Any:
        return self.view.checkpoint(self.position)

    def advance(self) -> _Step:
        found = self.feed.log.after(self.position)
        if not found.rows:
            return _Step([], held=found.held)
        kept = self.view.wanted(found.rows)
        items = self.view.items(kept, self.feed.near(kept)) if kept else []
        self.position = found.rows[-1].position
        return _Step(items, more=len(found.rows) == PAGE_ROWS, held=found.held)


async def stream(info: Info, feed: Feed, after: str | None) -> AsyncGenerator[Any, None]:
    """Raises NormalizedError FORBIDDEN, INVALID_CURSOR, CURSOR_EXPIRED for a reader that pruning has overtaken,
    UNAUTHENTICATED or TENANT_SUSPENDED.
    """
    caller = info.context
    tenant = caller.tenant
    if tenant is None:
        raise LookupError("the platform's schema has no feed")
    require(caller.principal, feed.permission)
    reader = await in_scope(tenant, lambda: _Reader(feed, selected(info)))
    clock = asyncio.get_running_loop().time
    with wakes.of(feed.channel(tenant.id)) as waiter:
        found = await in_scope(tenant, lambda: reader.start(after))
        checked, pause = clock(), FIRST_LOOK_SECONDS
        while True:
            for item in found.items:
                yield item
            await require_active(caller, tenant)
            if clock() - checked >= CHECKPOINT_SECONDS:
                checked = clock()
                yield reader.checkpoint()
            if not found.more:
                pause = min(pause * 2, LAST_LOOK_SECONDS) if found.held else FIRST_LOOK_SECONDS
                patience = min(checked + CHECKPOINT_SECONDS - clock(), waiter.poll_seconds())
                await rest(caller, tenant, waiter.event, min(pause, patience) if found.held else patience)
            waiter.event.clear()
            found = await in_scope(tenant, reader.advance)
