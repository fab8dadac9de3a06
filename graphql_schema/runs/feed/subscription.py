"""runFeed: every transition once, in order per run, or an explicit gap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.runs.feed import channel
from graphql_schema.connections import space_of
from graphql_schema.context import Info
from graphql_schema.permissions import require
from graphql_schema.planning import selected
from graphql_schema.runs.feed.reader import FeedReader
from graphql_schema.runs.feed.types import RunFeedItem
from graphql_schema.runs.filters import RunFeedFilter
from graphql_schema.streams import in_scope, require_active, rest
from graphql_schema.wakes import wakes

CHECKPOINT_SECONDS = 15.0
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.02, 1.0
"""How soon to look again for rows that an open transaction holds back, doubling."""

FEED_PERMISSION = VIEW_RUNS


@strawberry.type
class FeedSubscription:
    @strawberry.subscription(
        description="Transitions of runs and steps as they are committed. `after`: a cursor to go on from; null for now."
    )
    async def run_feed(
        self,
        info: Info,
        after: str | None = None,
        filter: RunFeedFilter | None = None,  # noqa: A002 - the schema's word
    ) -> AsyncGenerator[RunFeedItem, None]:
        caller = info.context
        tenant = caller.tenant
        if tenant is None:
            raise LookupError("the platform's schema has no feed")
        require(caller.principal, FEED_PERMISSION)

        reader = await in_scope(tenant, lambda: FeedReader(space_of("runFeed"), filter, selected(info)))
        clock = asyncio.get_running_loop().time
        with wakes.of(channel(tenant.id)) as waiter:
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
