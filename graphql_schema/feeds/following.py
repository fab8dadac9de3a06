"""Sends a feed to one subscriber. The items after the subscriber's cursor come first, and then the live items."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from functools import partial

from automate.kernel.tenancy import TenantRef, acting_for
from automate.runs.feed_queries import PAGE_ROWS, Position
from graphql_schema.context import Caller
from graphql_schema.execution import ApiOperation
from graphql_schema.feeds.batches import FeedBatch
from graphql_schema.feeds.encoder import Encoder
from graphql_schema.feeds.hubs import hubs
from graphql_schema.feeds.logs import Feed, FeedRequest, Log
from graphql_schema.feeds.sharing import key_of
from graphql_schema.feeds.subscribers import Subscriber
from graphql_schema.streams import in_scope, require_active


async def batches(request: FeedRequest, operation: ApiOperation, caller: Caller) -> AsyncGenerator[FeedBatch, None]:
    """Yield every item once, in the order of the log. Raises the NormalizedError that ends the feed."""
    tenant, feed = caller.tenant, request.feed
    if tenant is None:
        raise LookupError("the platform's schema has no feeds")
    key = key_of(operation, caller.principal)

    def make() -> Encoder:
        with acting_for(tenant):
            return Encoder(key, operation, request, caller)

    with hubs.of(tenant, feed) as hub, hub.group(key, make) as group:
        past = _Past(caller, tenant, feed, group.encoder)
        if request.after is not None:
            yield await past.start(request.after)
            async for batch in past.pages():
                yield batch
        await hub.caught_up()
        subscriber = Subscriber()
        with hub.subscribed(group, subscriber) as begins, _cut_with_token(caller, subscriber):
            if request.after is None:
                past.position = begins
                yield group.encoder.checkpoint(begins)
            async for batch in past.pages(begins):
                yield batch
            seen = past.position
            while True:
                batch = await subscriber.next()
                # Pages may have read further than the hub.
                batch = batch.behind(seen) if seen > begins else batch
                if batch.payloads:
                    yield batch


@contextmanager
def _cut_with_token(caller: Caller, subscriber: Subscriber) -> Iterator[None]:
    # Raises UNAUTHENTICATED if the token has already ended.
    standing = caller.standing
    if standing is None:
        yield
        return
    standing.require()
    with standing.calling_at_end(lambda: subscriber.cut(standing.refusal())):
        yield


class _Past:
    # `position`: the end of the last page.
    def __init__(self, caller: Caller, tenant: TenantRef, feed: Feed, encoder: Encoder) -> None:
        self._caller = caller
        self._tenant, self._feed, self._encoder = tenant, feed, encoder
        self.position: Position = (0, 0, 0)

    async def start(self, after: str) -> FeedBatch:
        # A gap follows if rows after the cursor were deleted. Raises INVALID_CURSOR.
        first = await in_scope(self._tenant, partial(_start, self._feed.log, self._encoder, after))
        self.position = first.end
        return first

    async def pages(self, until: Position | None = None) -> AsyncGenerator[FeedBatch, None]:
        # With `until`, stop at that position or soon after.
        more = until is None or self.position < until
        while more:
            await require_active(self._caller, self._tenant)
            batch, end, full = await in_scope(self._tenant, partial(_page, self._feed, self._encoder, self.position))
            self.position = end
            if batch is not None:
                yield batch
            more = full and (until is None or end < until)
        if until is not None:
            # Rows before it may have been deleted since.
            self.position = max(self.position, until)


def _start(log: Log, encoder: Encoder, after: str) -> FeedBatch:
    # A gap follows if rows after the cursor were deleted. Raises INVALID_CURSOR.
    view = encoder.view
    position = view.open(after)
    following = log.resume(position, log.bounds())
    items = [view.checkpoint(position)]
    if following != position:
        items.append(view.gap(position, following))
    return FeedBatch([encoder.encode(item) for item in items], [position, following], following, checkpoint=True)


def _page(feed: Feed, encoder: Encoder, position: Position) -> tuple[FeedBatch | None, Position, bool]:
    # The page, its end, and whether more rows can be read at once.
    page = feed.log.after(position)
    if not page.rows:
        return None, position, False
    end = page.rows[-1].position
    return encoder.rows(page.rows, partial(feed.near, page.rows), end), end, len(page.rows) == PAGE_ROWS
