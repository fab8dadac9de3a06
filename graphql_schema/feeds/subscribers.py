"""The limited queue of one subscriber. A slow subscriber gets an error."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from django.conf import settings

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import KIB
from automate.kernel.metrics import SLOW_SUBSCRIBERS
from graphql_schema.feeds.batches import FeedBatch

AT_ONCE = 32
"""How many subscribers receive a batch before the event loop turns to other work, such as webhooks."""


class Subscriber:
    def __init__(self) -> None:
        self._line: deque[FeedBatch] = deque()
        self._bytes = 0
        self._ended: NormalizedError | None = None
        self._waiting: asyncio.Future[None] | None = None

    def give(self, batch: FeedBatch) -> None:
        """Queue a batch."""
        if self._ended is not None:
            return
        if self._bytes > settings.FEED_BACKLOG_BYTES:
            SLOW_SUBSCRIBERS.inc()
            self.cut(too_slow(self._bytes))
            return
        self._line.append(batch)
        self._bytes += batch.size
        self._wake()

    @property
    def is_behind(self) -> bool:
        """Whether the queue is more than half full."""
        return self._bytes > settings.FEED_BACKLOG_BYTES // 2

    def end(self, error: NormalizedError) -> None:
        """End the queue with an error. The subscriber first receives the batches that are in the queue."""
        if self._ended is None:
            self._ended = error
            self._wake()

    def cut(self, error: NormalizedError) -> None:
        """Drop all items in the queue, and end the queue with an error."""
        self._line.clear()
        self._bytes = 0
        self.end(error)

    async def next(self) -> FeedBatch:
        """Return the next batch. Raises the NormalizedError that ended the queue."""
        while not self._line:
            if self._ended is not None:
                raise self._ended
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        batch = self._line.popleft()
        self._bytes -= batch.size
        return batch

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


async def give_all(gifts: Iterable[tuple[Subscriber, FeedBatch | NormalizedError]]) -> None:
    # In between, the event loop does other work.
    for number, (subscriber, gift) in enumerate(gifts, 1):
        if isinstance(gift, NormalizedError):
            subscriber.end(gift)
        else:
            subscriber.give(gift)
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)


def too_slow(waiting: int) -> NormalizedError:
    most = settings.FEED_BACKLOG_BYTES
    return NormalizedError(
        "SLOW_CONSUMER",
        f"The subscriber reads too slowly: {waiting // KIB} KiB of items wait, and the maximum is {most // KIB} KiB. The waiting items "
        "are dropped. Subscribe again with the last received cursor as `after`, so that no item is lost. Select fewer fields.",
        details={"waiting_bytes": waiting, "maximum": most},
    )
