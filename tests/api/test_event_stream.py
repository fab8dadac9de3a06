"""GraphQL over server-sent events on a real server: the same answers and refusals as elsewhere, and clean ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from automate.kernel.causation import token
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from tests.api.test_document_guards import REFUSED
from tests.support import event_streams as sse
from tests.support import rows
from tests.support.api import MAIN_JOB, PLATFORM, Api
from tests.support.sockets import open_socket

Run = Callable[[Any], Any]
FEED = "subscription($after: String) { runFeed(after: $after) { kind cursor toState } }"
PROGRESS = "subscription($id: ID!) { bulkProgress(operation: $id) { state done items(first: 1) { totalCount } } }"
START = """mutation { startBulkOperation(input: {kind: RETRY, runs: {}, rate: 1000}) { operation { id } errors { code } } }"""
TESTED = "subscription($id: ID!) { backtestProgress(backtest: $id) { state tested } }"
BACKTEST = "mutation { backtestRule(input: {when: true}) { backtest { id } errors { code } } }"
MUTATION = 'mutation { publishWorkflow(input: {workflow: "no-such"}) { errors { code } } }'


def test_queries_and_mutations_answer_as_over_http(busy: Any, web: str, run_async: Run) -> None:
    async def scenario() -> list[Any]:
        asked: list[tuple[str, dict[str, Any]]] = [
            ("Runs", {"first": 3}),
            ("Events", {"first": 3}),
            ("Node", {"id": "garbage"}),
        ]
        return [await sse.answer(web, busy.api.token, MAIN_JOB[name], **values) for name, values in asked]

    runs, events, node = run_async(scenario())
    assert runs["data"] == busy.api.data(MAIN_JOB["Runs"], first=3)
    assert events["data"] == busy.api.data(MAIN_JOB["Events"], first=3)
    assert node["data"] == {"node": None}
    published = run_async(sse.answer(web, busy.api.token, MUTATION))
    assert published["data"]["publishWorkflow"]["errors"] == [{"code": "NOT_FOUND"}]


def test_platform_answers_too(platform: Api, web: str, run_async: Run) -> None:
    answer = run_async(sse.answer(web, platform.token, PLATFORM["Tenants"], first=1))
    assert len(answer["data"]["tenants"]["edges"]) == 1


def test_get_takes_queries_and_subscriptions_and_no_mutation(busy: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with sse.sent(web, busy.api.token, params={"query": "{ __typename }"}) as events:
            query = await events.rest()
        async with sse.sent(web, busy.api.token, params={"query": FEED}) as events:
            first = await events.item()
        return query[0][1]["data"], first["kind"], await sse.refusal(web, busy.api.token, params={"query": MUTATION})

    assert run_async(scenario()) == ({"__typename": "Query"}, "CHECKPOINT", (405, "METHOD_NOT_ALLOWED"))


NO_REQUESTS: list[tuple[bytes, dict[str, str], tuple[int, str]]] = [
    (b"[]", {}, (400, "BAD_REQUEST")),
    (b"nonsense", {}, (400, "INVALID_JSON")),
    (b'{"query": 1}', {}, (400, "BAD_REQUEST")),
    (b" " * 2_000_000, {}, (413, "PAYLOAD_TOO_LARGE")),
    (b"{}", {"Content-Type": "text/plain"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
    (b"{}", {"Accept": "application/json"}, (406, "NOT_ACCEPTABLE")),
    (b"{}", {"Accept": "text/event-stream;q=0"}, (406, "NOT_ACCEPTABLE")),
    (b"{}", {"Authorization": "Bearer nonsense"}, (401, "UNAUTHENTICATED")),
    (b"{}", {"Authorization": ""}, (401, "UNAUTHENTICATED")),
]


@pytest.mark.parametrize("case", NO_REQUESTS, ids=range(len(NO_REQUESTS)))
def test_what_is_no_request_has_a_status(busy: Any, web: str, run_async: Run, case: Any) -> None:
    body, headers, expected = case
    assert run_async(sse.refusal(web, busy.api.token, body, headers=headers)) == expected


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_single_connection_mode_is_not_spoken(busy: Any, web: str, run_async: Run, method: str) -> None:
    assert run_async(sse.refusal(web, busy.api.token, method=method)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*", "text/*, application/json;q=0.9"])
def test_event_stream_may_be_asked_for_in_any_form(busy: Any, web: str, run_async: Run, accept: str) -> None:
    answer = run_async(sse.answer(web, busy.api.token, "{ __typename }", {"Accept": accept}))
    assert answer["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { runFeed { nope } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { runFeed(after: "forged") { kind } }', "INVALID_CURSOR"),
        ('subscription { bulkProgress(operation: "bm90aGluZw==") { state } }', "NOT_FOUND"),
        *((document, "GRAPHQL_TOO_COMPLEX") for document in REFUSED.values()),
    ],
)
def test_what_is_wrong_with_an_operation_is_an_event(
    busy: Any, web: str, run_async: Run, query: str, code: str
) -> None:
    """The protocol: a browser's page sees nothing of an answer with another status than 200."""

    async def scenario() -> str:
        async with sse.open_stream(web, busy.api.token, query) as events:
            return await events.error()

    assert run_async(scenario()) == code


def test_answers_are_not_kept_on_their_way(busy: Any, web: str, run_async: Run) -> None:
    async def scenario() -> Any:
        async with sse.open_stream(web, busy.api.token, FEED) as events:
            return {name: events.response.headers.get(name) for name in ("Cache-Control", "X-Accel-Buffering")}

    assert run_async(scenario()) == {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def test_every_subscription_comes_over_it(tenant: Any, web: str, run_async: Run) -> None:
    from graphql_schema.schema import tenant_schema

    started = Api(tenant.token).data(START)["startBulkOperation"]["operation"]["id"]
    tested = Api(tenant.token).data(BACKTEST)["backtestRule"]["backtest"]["id"]
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "runFeed": (FEED, {}),
        "eventFeed": ("subscription { eventFeed { kind: __typename } }", {}),
        "exportRecords": ("subscription { exportRecords(records: AUDIT) { kind: __typename } }", {}),
        "auditExport": ("subscription { auditExport { kind: __typename } }", {}),
        "approvalFeed": ("subscription { approvalFeed { kind: __typename } }", {}),
        "bulkProgress": (PROGRESS, {"id": started}),
        "backtestProgress": (TESTED, {"id": tested}),
    }
    root = tenant_schema._schema.subscription_type
    assert root is not None
    assert set(asked) == set(root.fields)

    async def first(field: str) -> Any:
        query, variables = asked[field]
        async with sse.open_stream(web, tenant.token, query, **variables) as events:
            return await events.item(field)

    assert run_async(first("runFeed"))["kind"] == "CHECKPOINT"
    assert run_async(first("exportRecords")) == {"kind": "ExportPage"}
    assert run_async(first("auditExport")) == {"kind": "ExportPage"}
    assert run_async(first("backtestProgress")) == {"state": "RUNNING", "tested": 0}
    assert run_async(first("bulkProgress")) == {"state": "RUNNING", "done": 0, "items": {"totalCount": 0}}


def test_progress_completes_once_the_operation_has_ended(tenant: Any, plane: Any, web: str, run_async: Run) -> None:
    started = Api(tenant.token).data(START)["startBulkOperation"]["operation"]["id"]

    async def scenario() -> Any:
        async with sse.open_stream(web, tenant.token, PROGRESS, id=started) as events:
            first = await events.item("bulkProgress")
            await asyncio.to_thread(drained)
            return first["state"], await events.rest()

    def drained() -> None:
        plane.drain()
        connection.close()

    first, rest = run_async(scenario())
    assert first == "RUNNING"
    assert [kind for kind, _ in rest] == ["next", "complete"]
    assert rest[0][1]["data"]["bulkProgress"]["state"] == "FINISHED"


def test_feed_goes_on_from_a_cursor_of_either_transport(tenant: Any, web: str, run_async: Run) -> None:
    """One law: a client may change its transport in mid-feed and sees every transition once."""
    with acting_for(tenant.ref):
        flow = rows.flow()
        run = rows.run(flow, rows.event(), state="running")

    def write() -> None:
        with acting_for(tenant.ref):
            for before, after in (("queued", "running"), ("running", "waiting"), ("waiting", "succeeded")):
                with in_transaction():
                    rows.transition(flow, run, before, after)
        connection.close()

    async def scenario() -> list[Any]:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", FEED)
            start = (await socket.item())["cursor"]
            await asyncio.to_thread(write)
            seen = [await socket.item()]
        async with sse.open_stream(web, tenant.token, FEED, after=seen[-1]["cursor"]) as events:
            assert (await events.item())["kind"] == "CHECKPOINT"
            seen += [await events.item() for _ in range(2)]
        async with sse.open_stream(web, tenant.token, FEED, after=start) as events:
            assert (await events.item())["cursor"] == start
            return [seen, [await events.item() for _ in range(3)]]

    changed, whole = run_async(scenario())
    assert changed == whole
    assert [item["toState"] for item in whole] == ["RUNNING", "WAITING", "SUCCEEDED"]


def test_who_may_not_see_runs_hears_nothing(
    tenant: Any, token_for: Callable[..., str], serve: Callable[[str], Any], run_async: Run
) -> None:
    """On both transports, in the same words."""
    program = """
from automate.kernel import permissions
permissions.ROLES["viewer"] = frozenset()
from automate.web.asgi import application
"""
    viewer = token_for(tenant.ref, "viewer")

    async def scenario(host: str) -> list[str]:
        async with sse.open_stream(host, viewer, FEED) as events, open_socket(host, viewer) as socket:
            await socket.subscribe("1", FEED)
            return [await events.error(), await socket.error()]

    with serve(program) as host:
        assert run_async(scenario(host)) == ["FORBIDDEN", "FORBIDDEN"]


def test_another_tenants_operation_is_an_unknown_one(
    tenant_factory: Callable[[], Any], web: str, run_async: Run
) -> None:
    mine, stranger = tenant_factory(), tenant_factory()
    started = Api(mine.token).data(START)["startBulkOperation"]["operation"]["id"]

    async def scenario() -> str:
        async with sse.open_stream(web, stranger.token, PROGRESS, id=started) as events:
            return await events.error()

    assert run_async(scenario()) == "NOT_FOUND"


def test_causation_is_carried_as_over_http(tenant: Any, api: Api, web: str, run_async: Run) -> None:
    ingest = 'mutation { ingestEvent(input: {type: "t", payload: 1}) { event { depth } } }'
    headers = {"Automate-Causation": token(tenant.ref.id, 3, tenant.ref.id)}
    answer = run_async(sse.answer(web, api.token, ingest, headers))
    assert answer["data"]["ingestEvent"]["event"] == {"depth": 3}


def test_trace_of_a_stream_is_the_callers(busy: Any, web: str, run_async: Run) -> None:
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"

    async def scenario() -> Any:
        forged = 'subscription { runFeed(after: "forged") { kind } }'
        async with sse.open_stream(web, busy.api.token, forged, {"traceparent": parent}) as events:
            return events.response.headers["X-Trace-Id"], (await events.event())[1]["errors"][0]["extensions"]

    trace, extensions = run_async(scenario())
    assert trace == extensions["trace_id"] == "ab" * 16


def test_suspended_tenant_gets_no_stream(tenant: Any, web: str, run_async: Run) -> None:
    from tenants.services import suspend_tenant

    with acting_for_platform("a test"):
        suspend_tenant(tenant.ref.slug, "unpaid")
    body = json.dumps({"query": FEED}).encode()
    assert run_async(sse.refusal(web, tenant.token, body)) == (403, "TENANT_SUSPENDED")


@pytest.mark.slow
def test_suspended_tenant_and_revoked_token_end_the_stream(
    tenant_factory: Any, run_async: Run, web_with_quick_checkpoints: str
) -> None:
    suspended, revoked = tenant_factory(), tenant_factory()

    async def ending(events: sse.Events) -> tuple[str, list[Any]]:
        while True:
            _, content = await events.event()
            if "errors" in content:
                return content["errors"][0]["extensions"]["code"], await events.rest()

    async def scenario() -> Any:
        host = web_with_quick_checkpoints
        async with (
            sse.open_stream(host, suspended.token, FEED) as first,
            sse.open_stream(host, revoked.token, FEED) as second,
        ):
            for events in (first, second):
                await events.item()
                assert (await events.item())["kind"] == "CHECKPOINT"
            await asyncio.to_thread(rows.suspend_and_revoke, suspended.ref, revoked.ref)
            return await ending(first), await ending(second)

    end = [("complete", None)]
    assert run_async(scenario()) == (("TENANT_SUSPENDED", end), ("UNAUTHENTICATED", end))
