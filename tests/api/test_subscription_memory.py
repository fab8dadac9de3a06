"""A subscription keeps nothing of the events that it has delivered."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from graphql import ExecutionResult, build_schema, parse
from graphql.execution import subscribe

from graphql_schema.completion import EXECUTOR_ARGUMENT, PlannedExecutor

EVENTS = 10_000
SOME = 2_000
"""Objects that a process may gain for reasons of its own. The leak keeps more than ten for each event."""
SCHEMA = build_schema("""
    type Query { none: Int }
    type Run { state: String workflow: Workflow }
    type Workflow { slug: String }
    type Subscription { run: Run }
""")
DOCUMENT = parse("subscription { run { state workflow { slug } } }")


async def _events(count: int) -> AsyncGenerator[Any, None]:
    for _ in range(count):
        yield {"run": {"state": "running", "workflow": {"slug": "flow"}}}


async def _objects_kept(executor: type, events: int) -> int:
    """How many objects a subscription holds after so many events, more than after ten."""
    source = _events(events + 10)
    options: dict[str, Any] = {EXECUTOR_ARGUMENT: executor}
    stream: Any = subscribe(SCHEMA, DOCUMENT, subscribe_field_resolver=lambda *_: source, **options)
    if asyncio.iscoroutine(stream):
        stream = await stream
    assert not isinstance(stream, ExecutionResult), stream.errors
    counts = []
    for taken in (10, events):
        for _ in range(taken):
            result = await anext(stream)
            assert result.errors is None
        gc.collect()
        counts.append(len(gc.get_objects()))
    await stream.aclose()
    return counts[1] - counts[0]


@pytest.mark.slow
def test_ten_thousand_events_of_a_subscription_keep_no_objects() -> None:
    assert asyncio.run(_objects_kept(PlannedExecutor, EVENTS)) < SOME


class _Sharing(PlannedExecutor):
    """The executors of all events share a cache, as they do in graphql-core 3.3.1 and 3.3.2."""

    def build_per_event_executor(self, payload: Any) -> Any:
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = self._relevant_sub_fields
        return executor


@pytest.mark.slow
def test_sabotaged_executor_that_shares_its_cache_keeps_objects() -> None:
    assert asyncio.run(_objects_kept(_Sharing, EVENTS // 10)) > SOME
