"""A hub that fails ends its subscribers, those too that are about to join, and the next subscriber gets a new hub."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from django.db import OperationalError

from automate.kernel.errors import NormalizedError
from automate.runs.feed_queries import LogBounds, LogPage, Position
from graphql_schema.feeds.hubs import SubscriberGroup, hubs
from graphql_schema.feeds.logs import Feed
from graphql_schema.feeds.subscribers import Subscriber


class FailingLog:
    """Empty, until PostgreSQL goes away."""

    def __init__(self) -> None:
        self.away = threading.Event()

    def bounds(self) -> LogBounds:
        return LogBounds(1, None, None)

    def resume(self, position: Position, _bounds: LogBounds) -> Position:
        return position

    def after(self, _position: Position) -> LogPage[Any]:
        if self.away.is_set():
            raise OperationalError("away")
        return LogPage([], held=False)


def feed_of(log: FailingLog) -> Feed:
    return Feed(log, lambda tenant: f"test:{tenant.hex}", near=list, view=lambda _field: None)  # type: ignore[arg-type, return-value]


def test_failure_ends_subscribers_and_those_that_join(tenant: Any, run_async: Any) -> None:
    log = FailingLog()

    async def scenario() -> tuple[list[str], bool]:
        with hubs.of(tenant.ref, feed_of(log)) as hub:
            await hub.caught_up()
            group = SubscriberGroup(None)  # type: ignore[arg-type]
            hub.groups["key"] = group  # type: ignore[index]
            subscriber, codes = Subscriber(), []
            with hub.subscribed(group, subscriber):
                log.away.set()
                for ending in (hub.caught_up(), subscriber.next(), hub.caught_up()):
                    with pytest.raises(NormalizedError) as error:
                        await asyncio.wait_for(ending, 10)
                    codes.append(error.value.code)
            log.away.clear()
            with hubs.of(tenant.ref, feed_of(log)) as another:
                await asyncio.wait_for(another.caught_up(), 10)
                return codes, another is hub

    assert run_async(scenario()) == (["UNAVAILABLE"] * 3, False)
    assert hubs.members == 0


def test_subscribers_of_a_log_share_a_hub_until_the_last_leaves(tenant: Any, run_async: Any) -> None:
    log = FailingLog()

    async def scenario() -> None:
        with hubs.of(tenant.ref, feed_of(log)) as first:
            with hubs.of(tenant.ref, feed_of(log)) as second:
                assert second is first
            await first.caught_up()
            assert not first.task.done()
        await asyncio.wait({first.task})
        assert first.task.cancelled()

    run_async(scenario())
