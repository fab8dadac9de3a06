"""graphql.request against a real GraphQL server: data, errors in a 200, parts, and what each code means."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from actors.connectors.registry import CONNECTORS, preview
from automate.kernel.json_values import JsonObject
from tests.support.error_tables import failure_of
from tests.support.facts import naming
from tests.support.graphql_server import GraphQLServer, graphql_server
from tests.support.outbound import CAUSATION, KEY, TRACEPARENT, call
from tests.support.raw_server import RawServer, answer, run

GRAPHQL = CONNECTORS["graphql.request"]
JSON = "Content-Type: application/json"
SPEC = "Content-Type: application/graphql-response+json"


async def _ask(**given: Any) -> tuple[Any, GraphQLServer]:
    async with graphql_server() as server:
        return await GRAPHQL.call(call({"url": server.url, **given})), server


async def _fail(**given: Any) -> Any:
    async with graphql_server() as server:
        return await failure_of(GRAPHQL, {"url": server.url, **given})


async def _raw_fail(reply: bytes, **given: Any) -> Any:
    async with RawServer(reply) as server:
        return await failure_of(GRAPHQL, {"url": server.url, "query": "{ a }", **given})


def _answer(status: str, value: Any, content_type: str = JSON, *headers: str) -> bytes:
    return answer(status, json.dumps(value).encode(), content_type, *headers)


def test_mutation_is_sent_with_variables_and_stamps() -> None:
    document = "mutation Close($id: ID!) { closeOrder(id: $id) { id state } } query Other { order(id: 1) { id } }"
    output, server = run(_ask(query=document, variables={"id": '7"'}, operation_name="Close", auth={"bearer": "t"}))
    assert output.pop("elapsed_ms") >= 0
    assert output == {"data": {"closeOrder": {"id": '7"', "state": "CLOSED"}}}
    (request,) = server.requests
    wanted = {
        "idempotency-key": KEY,
        "traceparent": TRACEPARENT,
        "automate-causation": CAUSATION,
        "authorization": "Bearer t",
        "accept": "application/graphql-response+json, application/json;q=0.9",
        "content-type": "application/json",
    }
    assert {name: request[name] for name in wanted} == wanted


def test_output_fits_the_published_schema() -> None:
    output, _ = run(_ask(query="{ order(id: 1) { id notes } }", accept_partial=True))
    jsonschema_rs.Draft202012Validator(dict(GRAPHQL.spec.output_schema)).validate(output)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        *((code, "errors_auth") for code in ("UNAUTHENTICATED", "FORBIDDEN", "access_denied")),
        *((code, "errors_rate_limited") for code in ("RATE_LIMITED", "THROTTLED")),
        *((code, "errors_transient") for code in ("INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "TIMEOUT")),
        *((code, "errors_refused") for code in ("BAD_USER_INPUT", "NOT_FOUND", None)),
    ],
)
def test_errors_in_a_200_mean_what_their_code_says(code: str | None, failure: str) -> None:
    error = run(_fail(query="query ($code: String) { mustFail(code: $code) }", variables={"code": code}))
    assert (error.details["failure"], error.arrived) == (failure, False)
    shown = {"message": f"It failed with {code}.", "path": ["mustFail"]} | ({"code": code} if code else {})
    assert error.details["errors"] == [shown]
    assert error.message == naming(f"It failed with {code}.")


def test_seconds_of_an_error_are_obeyed() -> None:
    error = run(_fail(query='{ mustFail(code: "THROTTLED", retryAfter: 3.5) }'))
    assert error.retry_after_seconds == 3.5
    limited = {"errors": [{"message": "m", "extensions": {"code": "THROTTLED", "retryAfter": 3}}]}
    assert run(_raw_fail(_answer("200 OK", limited, JSON, "Retry-After: 9"))).retry_after_seconds == 9.0


@pytest.mark.parametrize("query", ["{ order(", "{ nothing }", "query ($a: Int!) { order(id: $a) { id } }"])
def test_document_that_the_server_refuses_is_refused(query: str) -> None:
    error = run(_fail(query=query))
    assert (error.details["failure"], error.retryable, error.arrived) == ("errors_refused", False, False)


def test_mutation_that_gave_nothing_is_known_not_to_have_happened() -> None:
    error = run(_fail(query='mutation { mayFail(code: "INTERNAL") }'))
    assert (error.details["failure"], error.arrived) == ("errors_transient", False)


def test_part_fails_the_step_unless_it_is_accepted() -> None:
    query = "{ order(id: 1) { id notes } other: __typename }"
    error = run(_fail(query=query))
    assert (error.details["failure"], error.arrived) == ("partial", True)
    assert error.details["errors"] == [{"message": "Not for you.", "path": ["order", "notes"], "code": "FORBIDDEN"}]
    assert error.message == naming("order", "other", "accept_partial", "Not for you.")
    output, _ = run(_ask(query=query, accept_partial=True))
    assert output["data"] == {"order": {"id": "1", "notes": None}, "other": "Query"}
    assert [one["message"] for one in output["errors"]] == ["Not for you."]


def test_accepting_a_part_does_not_accept_nothing() -> None:
    error = run(_fail(query='mutation { mayFail(code: "NOT_FOUND") }', accept_partial=True))
    assert error.details["failure"] == "errors_refused"


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (_answer("400 Bad", {"errors": [{"message": "m"}]}, SPEC), "errors_refused"),
        (_answer("400 Bad", {"errors": [{"message": "m", "extensions": {"code": "FORBIDDEN"}}]}), "errors_auth"),
        (_answer("401 No", {"errors": [{"message": "m"}]}), "unauthorized"),
        (_answer("429 Slow", {"errors": [{"message": "m"}]}), "rate_limited"),
        (_answer("500 No", {"errors": [{"message": "m"}], "data": {"a": 1}}, SPEC), "unavailable"),
        (_answer("404 No", {"data": {"a": 1}}), "refused"),
        (answer("404 No", b"<html>"), "refused"),
        (answer("404 No", b"[" * 65 + b"]" * 65), "refused"),
        (answer("302 Found", b"", "Location: /"), "refused"),
        (answer("200 OK", b"<html>", "Content-Type: text/html"), "not_graphql"),
        (answer("204 None"), "not_graphql"),
        (_answer("200 OK", []), "not_graphql"),
        (_answer("200 OK", {"data": None}), "not_graphql"),
        (_answer("200 OK", {"data": 5, "errors": []}), "not_graphql"),
        (_answer("200 OK", {"errors": ["text", 5, None]}), "errors_refused"),
        (_answer("200 OK", {"errors": [{"message": 5, "path": 5, "extensions": 5}]}), "errors_refused"),
        (_answer("200 OK", {"errors": [{"message": "m", "type": "RATE_LIMITED"}]}), "errors_rate_limited"),
        (
            _answer(
                "200 OK",
                {"errors": [{"message": "m", "extensions": {"code": code}} for code in ("INTERNAL", "THROTTLED", "X")]},
            ),
            "errors_refused",
        ),
    ],
)
def test_answer_of_a_worse_server_is_read_too(reply: bytes, failure: str) -> None:
    assert run(_raw_fail(reply)).details["failure"] == failure


def test_errors_are_told_in_bounds() -> None:
    errors = [{"message": "m" * 5000, "path": ["p" * 500] * 100, "extensions": {"code": "c" * 5000}}] * 12
    details = run(_raw_fail(_answer("200 OK", {"errors": errors}))).details
    assert len(details["errors"]) == 5
    assert len(json.dumps(details)) < 20_000


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"query": ""}, "query"),
        ({"variables": []}, "variables"),
        ({"variables": {"n": "\ud800"}}, "variables"),
        ({"operation_name": "a b"}, "operation_name"),
        ({"persisted_id": "x"}, "with"),
        ({"headers": {"Idempotency-Key": "x"}}, "headers"),
    ],
)
def test_bad_input_is_told_by_field(given: dict[str, Any], field: str) -> None:
    error = run(failure_of(GRAPHQL, {"url": "http://x.example/", "query": "{ a }", **given}))
    assert (error.details["failure"], error.details["field"]) == ("bad_input", field)


def test_preview_shows_document_and_variables() -> None:
    given: JsonObject = {
        "url": "https://x.example/graphql",
        "query": "{ a }",
        "variables": {"n": 1, "password": "hunter2"},
    }
    shown: Any = preview("graphql.request", {"input": given, "refs": []})["request"]
    assert (shown["method"], shown["url"]) == ("POST", "https://x.example/graphql")
    assert shown["body"] == {"query": "{ a }", "variables": {"n": 1, "password": "[redacted]"}}
