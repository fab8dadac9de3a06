"""runFeed: every transition once, in order per run, or an explicit gap."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.kernel.tenancy import TenantRef, acting_for
from graphql_schema.connections import space_of
from graphql_schema.context import Info
from graphql_schema.permissions import require
from graphql_schema.planning import selected
from graphql_schema.runs.feed.reader import FeedReader
from graphql_schema.runs.feed.types import RunFeedItem
from graphql_schema.runs.feed.wakes import wakes
from graphql_schema.runs.filters import RunFeedFilter
from graphql_schema.threads import in_thread
from tenants.authentication import tenant_suspended
from tenants.directory import remembered_by_id, tenant_by_id

T = TypeVar("T")
CHECKPOINT_SECONDS = 15.0
LOOK_SECONDS = 0.5
"""How often a stream asks the tenant directory, which asks the database once a second for all of a tenant's streams."""
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

        async def step(work: Callable[[], T]) -> T:
            def scoped() -> T:
                with acting_for(tenant):
                    return work()

            return await in_thread(scoped)

        reader = await step(lambda: FeedReader(space_of("runFeed"), filter, selected(info)))
        clock = asyncio.get_running_loop().time
        with wakes.of(tenant.id) as waiter:
            found = await step(lambda: reader.start(after))
            checked, pause = clock(), FIRST_LOOK_SECONDS
            while True:
                for item in found.items:
                    yield item
                await _require_active(tenant)
                if clock() - checked >= CHECKPOINT_SECONDS:
                    await in_thread(caller.still_welcome)
                    checked = clock()
                    yield reader.checkpoint()
                if not found.more:
                    pause = min(pause * 2, LAST_LOOK_SECONDS) if found.held else FIRST_LOOK_SECONDS
                    patience = min(checked + CHECKPOINT_SECONDS - clock(), waiter.poll_seconds())
                    end = clock() + (min(pause, patience) if found.held else patience)
                    while not waiter.event.is_set() and clock() < end:
                        await _wait(waiter.event, min(end - clock(), LOOK_SECONDS))
                        await _require_active(tenant)
                waiter.event.clear()
                found = await step(reader.advance)


_asking: set[uuid.UUID] = set()
"""Tenants that a stream is asking the directory's table about: the others hear of it at their next look."""


async def _require_active(tenant: TenantRef) -> None:
    """Raises NormalizedError TENANT_SUSPENDED. Without SQL, and without a thread, while the directory remembers."""
    known = remembered_by_id(tenant.id)
    if known is None and tenant.id not in _asking:
        _asking.add(tenant.id)
        try:
            known = await in_thread(lambda: tenant_by_id(tenant.id))
        finally:
            _asking.discard(tenant.id)
    if known is not None and known.suspended:
        raise tenant_suspended()


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), max(seconds, 0))
    except asyncio.TimeoutError:
        return
