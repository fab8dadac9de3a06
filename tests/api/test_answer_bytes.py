"""An answer above 8 MiB is refused before all of it is encoded. A stream leaves out the item and continues."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from graphql import ExecutionResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.cost import takes_under
from tests.support.event_streams import sent
from tests.support.sockets import open_socket

MIB = 1024 * 1024
TEXT = "x" * 5_000
ROWS = {"runs": {"edges": [{"node": {"id": str(n), "text": TEXT, "steps": [{"key": "a"}]}} for n in range(20_000)]}}
"""A hundred million characters, which share one string."""


def test_large_answer_is_refused_early(database: Any) -> None:
    from graphql_schema.encoding import VALUES_AT_ONCE, encoded

    tracemalloc.start()
    try:
        found = encoded(ExecutionResult(ROWS, None), VALUES_AT_ONCE + 1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    answer = json.loads(found.content)
    extensions = answer["errors"][0]["extensions"]
    assert (answer["data"], extensions["code"]) == (None, "LIMIT_EXCEEDED")
    assert extensions["details"] == {"limit": "answer_bytes", "maximum": 8 * MIB}
    assert peak < 10 * MIB
    assert takes_under(0.2, lambda: encoded(ExecutionResult(ROWS, None), VALUES_AT_ONCE + 1))


def test_answer_encoded_at_once_is_bounded_too(database: Any) -> None:
    from graphql_schema.encoding import encoded

    assert json.loads(encoded(ExecutionResult({"a": ["x" * MIB] * 9}, None), 10).content)["data"] is None
    assert json.loads(encoded(ExecutionResult({"a": ["x" * MIB] * 7}, None), 10).content)["data"] is not None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=5), below, max_size=4),
    max_leaves=30,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(value=VALUES)
def test_pieces_make_the_same_json(database: Any, value: Any) -> None:
    from graphql_schema.encoding import VALUES_AT_ONCE, encoded

    data = {"value": value, "scalars": list(range(2_500))}
    pieces, whole = (encoded(ExecutionResult(data, None), values).content for values in (VALUES_AT_ONCE + 1, 1))
    assert json.loads(pieces) == json.loads(whole) == {"data": data}


SMALL_BOUND = """
from automate.web.asgi import application
from graphql_schema import encoding
from graphql_schema.feeds import hubs
encoding.ANSWER_BYTES = 500
hubs.CHECKPOINT_SECONDS = 0.5
"""
LONG = "subscription { runFeed { kind run { " + " ".join(f"a{n}: traceId" for n in range(20)) + " } } }"
"""Checkpoints have no run, and fit into 500 bytes; transitions do not."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    from graphql_schema import encoding

    monkeypatch.setattr(encoding, "ANSWER_BYTES", 500)


@pytest.mark.usefixtures("small")
def test_too_large_answer_over_http(busy: Any) -> None:
    answer = busy.api.answer("{ runs(first: 50) { edges { node { id traceId } } } }")
    assert (answer["data"], answer["errors"][0]["extensions"]["code"]) == (None, "LIMIT_EXCEEDED")
    assert answer["extensions"]["cost"]["charged"] > 0
    assert "errors" not in busy.api.answer("{ runs(first: 1) { edges { node { id } } } }")


def fits(answer: dict[str, Any]) -> bool:
    """Whether an item came; else that it was left out for its size."""
    if "errors" in answer:
        extensions = answer["errors"][0]["extensions"]
        assert (answer["data"], extensions["code"]) == (None, "LIMIT_EXCEEDED")
        assert extensions["details"]["limit"] == "answer_bytes"
    return "errors" not in answer


async def seen(receive: Callable[[], Awaitable[dict[str, Any]]], stage: Any) -> list[bool]:
    """Until a checkpoint follows a transition that was left out."""
    found = [fits(await receive())]
    await stage.write_soon("queued", "running", "waiting")
    while len(found) < 3 or not found[-1]:
        found.append(fits(await receive()))
    return [fit for fit, before in zip(found, [None, *found], strict=False) if fit != before]


@pytest.mark.slow
def test_stream_leaves_out_an_item_and_continues(stage: Any, serve: Any, run_async: Any) -> None:
    async def over_socket(web: str) -> Any:
        async with open_socket(web, stage.tenant.token) as socket:

            async def receive() -> dict[str, Any]:
                payload: dict[str, Any] = (await socket.receive())["payload"]
                return payload

            await socket.subscribe("1", LONG)
            return await seen(receive, stage)

    async def over_events(web: str) -> Any:
        body = json.dumps({"query": LONG}).encode()
        async with sent(web, stage.tenant.token, body) as events:

            async def receive() -> dict[str, Any]:
                payload: dict[str, Any] = (await events.event())[1]
                return payload

            return await seen(receive, stage)

    with serve(SMALL_BOUND) as web:
        assert run_async(over_socket(web)) == [True, False, True]
        assert run_async(over_events(web)) == [True, False, True]


EVENTS = """query($first: Int) { events(first: $first) { edges { cursor node { id type source { id slug }
  decisions(first: 20) { verdict rule { id slug } } runs(first: 5) { edges { node { id state } } } } } } }"""


def values_of(document: str, **variables: Any) -> int:
    """The maximum number of values in the answer to a document."""
    from graphql_schema.documents import prepare
    from graphql_schema.schema import tenant_schema

    prepared = prepare(tenant_schema._schema, document)
    assert not prepared.problems, prepared.problems
    return prepared.operations[""].cost.values(variables)


def test_values_of_each_level_are_counted(database: Any) -> None:
    decisions, runs = 20 * (2 + 2), 5 * (1 + 2)
    row = 2 + 5 + 2 + decisions + 1 + runs
    assert values_of(EVENTS, first=100) == 2 + 100 * row
    described = values_of("{ __schema { types { name fields { name } } } }")
    assert described > 1_000


def test_page_of_100_events_is_encoded_at_once(database: Any) -> None:
    from graphql_schema.encoding import VALUES_AT_ONCE

    assert values_of(EVENTS, first=100) < VALUES_AT_ONCE
    every = "{ runs(first: 100) { edges { node { steps(first: 50) { id key state } } } } }"
    assert 100 * 50 * 3 < values_of(every) < VALUES_AT_ONCE
    assert values_of(every.replace("id key state", " ".join(f"a{n}: id" for n in range(10)))) > VALUES_AT_ONCE


UNPAGED = "query($f: DateTime!, $t: DateTime!) { runCounts(from: $f, to: $t) { from created } }"
DIFFERENCES = (
    "query($i: ApplyConfigurationInput!) { planConfiguration(input: $i) { changes { slug places { path } } } }"
)


def test_list_without_pages_counts_as_long(database: Any) -> None:
    from graphql_schema.cost import UNPAGED_ROWS
    from graphql_schema.encoding import VALUES_AT_ONCE

    assert values_of(UNPAGED) == 1 + 2 * UNPAGED_ROWS
    assert values_of(DIFFERENCES) == 2 + UNPAGED_ROWS * (2 + UNPAGED_ROWS) > VALUES_AT_ONCE
