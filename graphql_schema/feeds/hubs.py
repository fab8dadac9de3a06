"""Reads each log of a tenant only once in each process, for all subscribers of the log."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial

import structlog
from django.db import InterfaceError, OperationalError

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import is_ours, normalized
from automate.kernel.metrics import FEED_LAG
from automate.kernel.tenancy import TenantRef
from automate.kernel.trace import current_trace, new_trace, tracing
from automate.runs.feed_queries import PAGE_ROWS, Position
from graphql_schema.feeds.batches import FeedBatch
from graphql_schema.feeds.encoder import Encoder
from graphql_schema.feeds.logs import Feed, Log, PositionedRow
from graphql_schema.feeds.sharing import SharingKey
from graphql_schema.feeds.subscribers import Subscriber, give_all
from graphql_schema.streams import in_scope, require_active, rest
from graphql_schema.wakes import Waiter, wakes

log = structlog.get_logger(__name__)

CHECKPOINT_SECONDS = 15.0
FIRST_POLL_SECONDS, LAST_POLL_SECONDS = 0.02, 1.0
"""The first and the longest pause before reading again while an open transaction holds rows back. The pause doubles."""
PACE_SECONDS, LONGEST_PACE_SECONDS = 0.0002, 0.1
"""The pause between two reads that find rows: the seconds for each subscriber of the process, and the maximum.

More subscribers mean longer pauses, and more items in each write. So the time spent on writes stays bounded.
"""
BUSY_SECONDS, LONGEST_BUSY_SECONDS = 0.003, 0.5
"""The same pause by the number of hubs that find rows: the seconds for each hub, and the maximum. The pause leaves
database time for other work."""


@dataclass(eq=False)
class SubscriberGroup:
    """A group of subscribers that receive the same bytes."""

    encoder: Encoder
    members: int = 0
    subscribers: dict[Subscriber, None] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedRead:
    """The result of one read of the log."""

    position: Position
    batches: dict[SharingKey, FeedBatch | NormalizedError]
    """For each group with new items or an error: the encoded items, or the error."""
    more: bool
    held: bool


class Hub:
    """Reads one log for all of its subscribers, in one event loop."""

    def __init__(self, tenant: TenantRef, feed: Feed) -> None:
        self.tenant = tenant
        self.feed = feed
        self.groups: dict[SharingKey, SubscriberGroup] = {}
        self.members = 0
        self.position: Position = (0, 0, 0)
        self.ended: NormalizedError | None = None
        self._waiter: Waiter | None = None
        self._asking: list[asyncio.Future[None]] = []
        self._asked_before_round: list[asyncio.Future[None]] = []
        self.task = contextvars.Context().run(asyncio.get_running_loop().create_task, self._run())

    async def caught_up(self) -> None:
        """Wait until the hub has read the whole log. Raises the NormalizedError that has ended the hub, if any."""
        if self.ended is None:
            asking = asyncio.get_running_loop().create_future()
            self._asking.append(asking)
            if self._waiter is not None:
                self._waiter.event.set()
            await asking
        if self.ended is not None:
            raise self.ended

    @contextmanager
    def group(self, key: SharingKey, make: Callable[[], Encoder]) -> Iterator[SubscriberGroup]:
        """Join the group of ``key`` until the block ends.

        During the block, the hub encodes new items of the log for this group, whenever it reads the log.
        """
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = SubscriberGroup(make())
        group.members += 1
        try:
            yield group
        finally:
            group.members -= 1
            if not group.members:
                del self.groups[key]

    @contextmanager
    def subscribed(self, group: SubscriberGroup, subscriber: Subscriber) -> Iterator[Position]:
        """Add a subscriber to a group until the block ends. Wait for ``caught_up`` before this call.

        Yields a position in the log. The subscriber receives all items after this position. Raises the error
        that has ended the hub, if any.
        """
        if self.ended is not None:
            raise self.ended
        group.subscribers[subscriber] = None
        try:
            yield self.position
        finally:
            group.subscribers.pop(subscriber, None)

    async def _run(self) -> None:
        with tracing(new_trace()):
            try:
                await self._follow()
            except Exception as fault:  # noqa: BLE001 - the task's boundary: its subscribers receive the fault
                self._end(fault)

    def _end(self, fault: Exception) -> None:
        self.ended = normalized(fault)
        if is_ours(self.ended):
            log.error("feed ended", exc_info=fault, code=self.ended.code, trace_id=current_trace().trace_id)
        for group in self.groups.values():
            for subscriber in group.subscribers:
                subscriber.end(self.ended)
        _answer(self._asking + self._asked_before_round)

    async def _follow(self) -> None:
        clock = asyncio.get_running_loop().time
        with wakes.of(self.feed.channel(self.tenant.id)) as waiter:
            self._waiter = waiter
            self.position = await in_scope(self.tenant, lambda: self.feed.log.bounds().now())
            checked_at, pause = clock(), FIRST_POLL_SECONDS
            while True:
                waiter.event.clear()
                began = clock()
                self._asked_before_round += self._asking
                self._asking = []
                found = await in_scope(self.tenant, partial(self._read, self.position, dict(self.groups)))
                await self._give(found)
                if not found.more:
                    _answer(self._asked_before_round)
                await require_active(None, self.tenant)
                if clock() - checked_at >= CHECKPOINT_SECONDS:
                    checked_at = clock()
                    await self._checkpoint()
                if found.more:
                    await self._let_catch_up()
                    continue
                if found.batches:
                    with hubs.one_busy():
                        await asyncio.sleep(max(0.0, began + hubs.pace() - clock()))
                pause = min(pause * 2, LAST_POLL_SECONDS) if found.held else FIRST_POLL_SECONDS
                patience = max(0.0, min(checked_at + CHECKPOINT_SECONDS - clock(), waiter.poll_seconds()))
                await rest(None, self.tenant, waiter.event, min(pause, patience) if found.held else patience)

    def _read(self, position: Position, groups: dict[SharingKey, SubscriberGroup]) -> FeedRead:
        # In a thread. The items are executed and encoded once for each group.
        page = self.feed.log.after(position)
        if not page.rows:
            return FeedRead(position, {}, more=False, held=page.held)
        FEED_LAG.observe(max(0.0, time.time() - page.rows[0].occurred_at.timestamp()))
        end, near = page.rows[-1].position, cache(partial(self.feed.near, page.rows))
        batches: dict[SharingKey, FeedBatch | NormalizedError] = {}
        for key, group in groups.items():
            outcome = self._batch(group, page.rows, near, end)
            if outcome is not None:
                batches[key] = outcome
        return FeedRead(end, batches, more=len(page.rows) == PAGE_ROWS, held=page.held)

    def _batch(
        self, group: SubscriberGroup, rows: Sequence[PositionedRow], near: Callable[[], object], end: Position
    ) -> FeedBatch | NormalizedError | None:
        # An error in its selection ends only the subscribers of this group.
        try:
            return group.encoder.rows(rows, near, end)
        except (OperationalError, InterfaceError):
            raise
        except Exception as fault:  # the boundary of an operation, as for a query
            known = normalized(fault)
            if is_ours(known):
                log.exception("items of a feed failed", code=known.code, trace_id=current_trace().trace_id)
            return known

    async def _give(self, found: FeedRead) -> None:
        # The position advances first. Otherwise a subscriber that joins meanwhile would receive these items twice.
        self.position = found.position
        await give_all(
            [
                (subscriber, batch)
                for key, batch in found.batches.items()
                if key in self.groups
                for subscriber in self.groups[key].subscribers
            ]
        )

    async def _let_catch_up(self) -> None:
        # Otherwise the pages of a long transaction would come faster than clients read.
        if any(subscriber.is_behind for group in self.groups.values() for subscriber in group.subscribers):
            await asyncio.sleep(LONGEST_PACE_SECONDS)

    async def _checkpoint(self) -> None:
        for group in list(self.groups.values()):
            batch = group.encoder.checkpoint(self.position)
            await give_all([(subscriber, batch) for subscriber in group.subscribers])


def _answer(asking: list[asyncio.Future[None]]) -> None:
    for future in asking:
        if not future.done():
            future.set_result(None)
    asking.clear()


class Hubs:
    """All hubs of a process, in one event loop."""

    def __init__(self) -> None:
        self.members = self.busy = 0
        self._hubs: dict[tuple[TenantRef, Log], Hub] = {}

    @contextmanager
    def of(self, tenant: TenantRef, feed: Feed) -> Iterator[Hub]:
        """Provide the hub of a tenant's log until the ``with`` block ends."""
        name = (tenant, feed.log)
        hub = self._hubs.get(name)
        if hub is None or hub.ended is not None:
            hub = self._hubs[name] = Hub(tenant, feed)
        hub.members += 1
        self.members += 1
        try:
            yield hub
        finally:
            hub.members -= 1
            self.members -= 1
            if not hub.members:
                hub.task.cancel()
                if self._hubs.get(name) is hub:
                    del self._hubs[name]

    @contextmanager
    def one_busy(self) -> Iterator[None]:
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    def pace(self) -> float:
        """Return the minimum time between the starts of two reads, in seconds.

        The minimum applies only if the first read finds rows.
        """
        return max(
            min(LONGEST_PACE_SECONDS, PACE_SECONDS * self.members), min(LONGEST_BUSY_SECONDS, BUSY_SECONDS * self.busy)
        )


hubs = Hubs()
