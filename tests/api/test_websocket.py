"""graphql-transport-ws on a real server: the same answers, the same refusals, and a server that outlives its clients."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from automate.kernel.causation import token
from automate.kernel.tenancy import acting_for_platform
from tests.api.test_document_guards import REFUSED
from tests.support.api import MAIN_JOB, PLATFORM, Api
from tests.support.facts import Naming, naming
from tests.support.run_feed import SHORT, Stage
from tests.support.sockets import open_socket, raw_socket

Run = Callable[[Any], Any]
REFUSED_SECONDS = 1.0
"""Within which each process refuses a suspended tenant: see docs/decisions/tokens-are-remembered.md."""


def test_queries_and_mutations_answer_as_over_http(busy: Any, web: str, run_async: Run) -> None:
    async def scenario() -> list[Any]:
        async with open_socket(web, busy.api.token) as socket:
            return [
                await socket.answer(MAIN_JOB["Runs"], first=3),
                await socket.answer(MAIN_JOB["Events"], first=3),
                await socket.answer(MAIN_JOB["Node"], id="garbage"),
                await socket.answer(MAIN_JOB["PublishWorkflow"], input={"workflow": "no-such"}),
            ]

    runs, events, node, published = run_async(scenario())
    assert runs["data"] == busy.api.data(MAIN_JOB["Runs"], first=3)
    assert events["data"] == busy.api.data(MAIN_JOB["Events"], first=3)
    assert node["data"] == {"node": None}
    assert published["data"]["publishWorkflow"]["errors"][0]["code"] == "NOT_FOUND"


def test_what_a_socket_was_opened_for_does_not_count_against_its_operations(
    api: Api, tenant: Any, web: str, run_async: Run
) -> None:
    """A socket outlives its cause: counted for all of its operations, one deep call would cut chains that it is no part of."""
    ingest = 'mutation { ingestEvent(input: {type: "t", payload: 1}) { event { depth } } }'
    headers = {"Automate-Causation": token(tenant.ref.id, 3, tenant.ref.id)}

    async def scenario() -> Any:
        async with open_socket(web, api.token, **headers) as socket:
            return await socket.answer(ingest)

    assert run_async(scenario())["data"] == {"ingestEvent": {"event": {"depth": 0}}}
    assert api.post({"query": ingest}, **headers).json()["data"] == {"ingestEvent": {"event": {"depth": 3}}}


@pytest.mark.parametrize("name", ["Automate-Causation", "automate-causation", "baggage"])
def test_causation_is_carried_for_a_whole_socket_or_for_one_operation(
    tenant: Any, api: Api, web: str, run_async: Run, name: str
) -> None:
    """A product that answers a call over its socket says so: else a loop through it would have no end."""
    ingest = 'mutation { ingestEvent(input: {type: "t", payload: 1}) { event { depth } } }'

    def carrying(depth: int, of: Any = tenant.ref.id) -> dict[str, str]:
        made = token(of, depth, tenant.ref.id)
        return {name: f"a=b,automate.causation={made}" if name == "baggage" else made}

    async def depth(socket: Any, **payload: Any) -> int:
        await socket.send(id="one", type="subscribe", payload={"query": ingest, **payload})
        found = (await socket.receive())["payload"]["data"]["ingestEvent"]["event"]["depth"]
        assert (await socket.receive())["type"] == "complete"
        return int(found)

    async def scenario() -> list[int]:
        async with raw_socket(web) as socket:
            await socket.send(type="connection_init", payload={"Authorization": f"Bearer {api.token}", **carrying(3)})
            assert (await socket.receive())["type"] == "connection_ack"
            return [
                await depth(socket),
                await depth(socket, extensions=carrying(5)),
                await depth(socket, extensions=carrying(2)),
                await depth(socket, extensions=carrying(7, of=api_of_nobody)),
                await depth(socket, extensions={name: 5}),
            ]

    api_of_nobody = uuid.UUID(int=7)
    assert run_async(scenario()) == [3, 5, 3, 3, 3]


def test_run_that_a_socket_would_start_too_deep_is_refused(tenant: Any, api: Api, web: str, run_async: Run) -> None:
    run = 'mutation { runWorkflow(input: {workflow: "w", payload: {}}) { errors { code } } }'
    api.data(
        MAIN_JOB["SaveWorkflow"],
        input={
            "slug": "w",
            "name": "w",
            "definition": {"schema": 1, "steps": [{"key": "a", "uses": "log.write", "with": {"message": "x"}}]},
        },
    )
    api.data(MAIN_JOB["PublishWorkflow"], input={"workflow": "w"})

    async def scenario() -> Any:
        async with open_socket(web, api.token) as socket:
            carried = {"Automate-Causation": token(tenant.ref.id, 8, tenant.ref.id)}
            await socket.send(id="one", type="subscribe", payload={"query": run, "extensions": carried})
            return (await socket.receive())["payload"]["data"]["runWorkflow"]["errors"]

    assert run_async(scenario()) == [{"code": "LIMIT_EXCEEDED"}]


def test_platform_answers_too(platform: Api, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, platform.token) as socket:
            return await socket.answer(PLATFORM["Tenants"], first=1)

    assert len(run_async(scenario())["data"]["tenants"]["edges"]) == 1


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"Authorization": ""},
        {"Authorization": 5},
        {"Authorization": "Bearer nonsense"},
        {"authorization": ["x"]},
    ],
)
def test_without_a_token_the_socket_is_closed(web: str, run_async: Run, payload: Any) -> None:
    async def scenario() -> Any:
        async with raw_socket(web) as socket:
            await socket.send(type="connection_init", **({"payload": payload} if payload is not None else {}))
            return await socket.closed(), await socket.reason()

    code, reason = run_async(scenario())
    assert code == 4403
    # A socket takes no header, and a reason has room for 123 bytes.
    given = isinstance(payload, dict) and payload.get("Authorization") == "Bearer nonsense"
    assert reason == (naming("not valid") if given else naming("connection_init", "Bearer"))
    assert reason.endswith(".")


def test_name_of_the_header_has_no_case(busy: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with raw_socket(web) as socket:
            await socket.send(type="connection_init", payload={"authorization": f"Bearer {busy.api.token}"})
            return await socket.receive()

    assert run_async(scenario()) == {"type": "connection_ack"}


def test_operation_before_the_greeting_is_refused(web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with raw_socket(web) as socket:
            await socket.subscribe("1", "{ __typename }")
            return await socket.closed()

    assert run_async(scenario()) == 4401


@pytest.mark.slow
def test_silent_client_is_closed(web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with raw_socket(web) as socket:
            return await socket.closed()

    assert run_async(scenario()) == 4408


MESSAGES = [
    "not json",
    "null",
    "[]",
    '"text"',
    "42",
    "{}",
    '{"type": null}',
    '{"type": "no_such"}',
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
    '{"type": "ping", "payload": NaN}',
    '{"type": "ping", "type": "pong"}',
    "[" * 100_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    json.dumps({"type": "ping", "payload": "x" * 1_100_000}),
]


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_malformed_messages_close_the_socket(busy: Any, web: str, run_async: Run, message: str) -> None:
    async def scenario() -> Any:
        async with open_socket(web, busy.api.token) as socket:
            await socket.connection.send(message)
            return await socket.closed()

    assert run_async(scenario()) == 4400


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("{}", naming("type")),
        ('{"type": "subscribe", "payload": {"query": "{ __typename }"}}', naming("subscribe", "id")),
        ('{"type": "subscribe", "id": "1"}', naming("subscribe", "payload")),
        ('{"type": "complete"}', naming("complete", "id")),
        ('{"type": ["no_such"]}', naming("['no_such']")),
        (json.dumps({"type": "é" * 200}), naming("é" * 50)),
    ],
)
def test_a_closed_socket_says_what_the_message_lacked(
    busy: Any, web: str, run_async: Run, message: str, reason: Naming
) -> None:
    async def scenario() -> Any:
        async with open_socket(web, busy.api.token) as socket:
            await socket.connection.send(message)
            return await socket.closed(), socket.connection.close_reason

    assert run_async(scenario()) == (4400, reason)


def test_a_long_name_that_is_taken_closes_the_socket_with_a_word(stage: Stage, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, stage.tenant.token) as socket:
            await socket.subscribe("n" * 128, SHORT)
            await socket.item()
            await socket.subscribe("n" * 128, SHORT)
            return await socket.closed(), socket.connection.close_reason

    assert run_async(scenario()) == (4409, f"Subscriber for {'n' * 108}")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{", "variables": {}}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nope }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ __typename }", "operationName": "Nope"}, "GRAPHQL_VALIDATION_FAILED"),
        *(({"query": document}, "GRAPHQL_TOO_COMPLEX") for document in REFUSED.values()),
    ],
)
def test_refused_operations_leave_the_socket_open(busy: Any, web: str, run_async: Run, payload: Any, code: str) -> None:
    async def scenario() -> Any:
        async with open_socket(web, busy.api.token) as socket:
            await socket.send(id="1", type="subscribe", payload=payload)
            refused = await socket.error()
            return refused, (await socket.answer("{ __typename }"))["data"]

    assert run_async(scenario()) == (code, {"__typename": "Query"})


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "{ __typename }",
        {},
        {"query": 1},
        {"query": ""},
        {"query": "{ __typename }", "variables": []},
        {"query": "{ __typename }", "operationName": 1},
        {"query": "{ __typename }", "extensions": []},
    ],
)
def test_malformed_payload_closes_the_socket(busy: Any, web: str, run_async: Run, payload: Any) -> None:
    async def scenario() -> Any:
        async with open_socket(web, busy.api.token) as socket:
            await socket.send(id="1", type="subscribe", payload=payload)
            return await socket.closed()

    assert run_async(scenario()) == 4400


def test_suspended_tenant_is_told_so(tenant: Any, web: str, run_async: Run) -> None:
    from tenants.services import suspend_tenant

    with acting_for_platform("a test"):
        suspend_tenant(tenant.ref.slug, "unpaid")

    async def scenario() -> Any:
        async with raw_socket(web) as socket:
            await socket.send(type="connection_init", payload={"Authorization": f"Bearer {tenant.token}"})
            return await socket.closed(), await socket.reason()

    code, reason = run_async(scenario())
    assert (code, reason) == (
        4403,
        naming("suspended"),
    )


def test_tenant_that_is_suspended_meanwhile_is_told_so_by_each_operation(tenant: Any, web: str, run_async: Run) -> None:
    from tenants.services import suspend_tenant

    def suspend() -> None:
        with acting_for_platform("a test"):
            suspend_tenant(tenant.ref.slug, "unpaid")
        connection.close()

    async def scenario() -> tuple[str, float]:
        async with open_socket(web, tenant.token) as socket:
            await asyncio.to_thread(suspend)
            began = time.monotonic()
            for attempt in itertools.count(1):
                await socket.subscribe(str(attempt), "{ __typename }")
                message = await socket.receive()
                if message["type"] == "error":
                    return message["payload"][0]["extensions"]["code"], time.monotonic() - began
                await socket.receive()
            raise AssertionError("the count never ends")

    code, seconds = run_async(scenario())
    assert code == "TENANT_SUSPENDED"
    assert seconds < REFUSED_SECONDS


def test_twice_the_same_id_closes_the_socket(busy: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, busy.api.token) as socket:
            await socket.subscribe("1", "subscription { runFeed { kind } }")
            await socket.item()
            await socket.subscribe("1", "subscription { runFeed { kind } }")
            return await socket.closed()

    assert run_async(scenario()) == 4409


def test_operations_per_socket_are_bounded(busy: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, busy.api.token) as socket:
            for n in range(20):
                await socket.subscribe(str(n), "subscription { runFeed { kind } }")
                assert await socket.item() == {"kind": "CHECKPOINT"}
            await socket.subscribe("20", "subscription { runFeed { kind } }")
            refused = await socket.error()
            await socket.send(id="0", type="complete")
            return refused, (await socket.answer("{ __typename }"))["data"]

    assert run_async(scenario()) == ("LIMIT_EXCEEDED", {"__typename": "Query"})


def test_ping_is_answered(busy: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with open_socket(web, busy.api.token) as socket:
            await socket.send(type="ping")
            return await socket.receive()

    assert run_async(scenario()) == {"type": "pong"}


def test_other_protocols_and_paths_are_refused(web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with connect(f"ws://{web}/graphql", subprotocols=["graphql-ws"]) as connection:  # type: ignore[list-item]
            await connection.wait_closed()
            protocol = connection.close_code
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://{web}/elsewhere"):
                pass
        return protocol, refused.value.response.status_code

    assert run_async(scenario()) == (4406, 403)


@pytest.mark.slow
def test_validation_does_not_hold_the_loop(busy: Any, web: str, run_async: Run) -> None:
    """A ping that is sent behind a document of many errors is answered before it."""
    heavy = "{ node(id: 1) {" + " ".join(f"nope{n}" for n in range(1_900)) + "} }"

    async def scenario() -> int:
        overtaken = 0
        async with open_socket(web, busy.api.token) as socket:
            for n in range(10):
                await socket.subscribe("x", heavy + " " * n)
                await socket.send(type="ping")
                answers = [(await socket.receive())["type"] for _ in range(2)]
                overtaken += answers == ["pong", "error"]
        return overtaken

    # On the loop it would be none; how many it is off the loop is the scheduler's choice.
    assert run_async(scenario()) > 5
