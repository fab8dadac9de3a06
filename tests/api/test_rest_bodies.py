"""REST writes what GraphQL writes, under the same rules; bodies, headers and methods that are attacks are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.kernel.limits import MIB
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from graphql_schema.ids import global_id
from tests.support import rows
from tests.support.rest import Rest, refusal

EVENT = {"type": "order.created", "payload": {"n": 42}}
NOTE = {"schema": 1, "steps": [{"key": "note", "uses": "log.write", "with": {"message": "hello"}}]}


@pytest.fixture
def rest(tenant: Any) -> Rest:
    return Rest(tenant.token)


def events_of(tenant: Any) -> int:
    with acting_for(tenant.ref):
        ((count,),) = fetch("SELECT count(*) FROM event")
    return int(count)


def test_event_is_ingested_once_under_its_key(rest: Rest, tenant: Any) -> None:
    first = rest.post("/events", EVENT, Idempotency_Key="order-1")
    again = rest.post("/events", EVENT, Idempotency_Key="order-1")
    other = rest.post("/events", {**EVENT, "payload": {"n": 43}}, Idempotency_Key="order-1")
    assert [(answer.status_code, answer.json().get("outcome")) for answer in (first, again)] == [
        (201, "NEW"),
        (200, "DUPLICATE"),
    ]
    assert first.json()["event"] == again.json()["event"]
    assert first["Location"] == f"/api/v1/events/{first.json()['event']['id']}"
    assert rest.data(first["Location"].removeprefix("/api/v1"))["payload"] == {"n": 42}
    assert refusal(other) == (409, "CONFLICT", {"header": "Idempotency-Key"})
    assert other.json()["details"]["event"] == first.json()["event"]["id"]
    assert events_of(tenant) == 1


def test_workflow_is_run_once_under_its_key(rest: Rest, tenant: Any) -> None:
    with acting_for(tenant.ref):
        flow = rows.flow()
    started = [rest.post(f"/workflows/{flow.slug}/runs", {"payload": {}}, Idempotency_Key="k") for _ in range(2)]
    assert [answer.status_code for answer in started] == [202, 202]
    assert started[0].json() == started[1].json()
    assert rest.data(started[0]["Location"].removeprefix("/api/v1"))["state"] == "QUEUED"
    other = rest.post(f"/workflows/{flow.slug}/runs", {"payload": 1}, Idempotency_Key="k")
    assert refusal(other) == (409, "CONFLICT", {"header": "Idempotency-Key"})
    assert refusal(rest.post("/workflows/none/runs", {"payload": 1})) == (404, "NOT_FOUND", {"parameter": "workflow"})


def test_run_is_cancelled_and_retried(rest: Rest, tenant: Any) -> None:
    with acting_for(tenant.ref):
        flow = rows.flow()
        done = rows.run(flow, rows.event(), state="failed")
    queued = rest.post(f"/workflows/{flow.slug}/runs", {"payload": {}}).json()["id"]
    cancelled = rest.post(f"/runs/{queued}/cancel", {"reason": "test"})
    assert (cancelled.status_code, cancelled.json()["id"]) == (202, queued)
    assert cancelled.json()["state"] in {"CANCELLED", "CANCELLING"}
    assert refusal(rest.post(f"/runs/{done}/cancel", {"reason": "test"}))[:2] == (409, "CONFLICT")
    assert refusal(rest.post(f"/runs/{queued}/cancel", {})) == (400, "BAD_USER_INPUT", {"pointer": "/reason"})
    retried = rest.post(f"/runs/{done}/retry", {"from": "START", "repeatEffects": True}, Idempotency_Key="r")
    assert retried.status_code == 202, retried.content
    assert rest.data(f"/runs/{retried.json()['id']}")["retryOf"]["id"] == global_id("ExecutionRun", done)
    assert (
        rest.post(f"/runs/{done}/retry", {"from": "START", "repeatEffects": True}, Idempotency_Key="r").json()["id"]
        == (retried.json()["id"])
    )


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b" ", (400, "INVALID_JSON", None)),
        (b"{", (400, "INVALID_JSON", None)),
        (b'{"type": "t", "type": "u", "payload": 1}', (400, "INVALID_JSON", {"pointer": "/type"})),
        (b'{"type": "t", "payload": NaN}', (400, "INVALID_JSON", None)),
        (b'{"type": "t", "payload": 1e999}', (400, "INVALID_JSON", None)),
        (b'{"type": "t", "payload": "\\u0000"}', (400, "INVALID_JSON", {"pointer": "/payload"})),
        (b'{"type": "t", "payload": "\\ud800"}', (400, "INVALID_JSON", {"pointer": "/payload"})),
        (b"\xff\xfe{}", (400, "INVALID_JSON", None)),
        (b'{"type": "t", "payload": ' + b"[" * 100_000, (400, "INVALID_JSON", None)),
        (b'{"type": "t", "payload": ' + b"[" * 80 + b"]" * 80 + b"}", (400, "INVALID_JSON", None)),
        (b"[]", (400, "BAD_USER_INPUT", {"pointer": ""})),
        (b"null", (400, "BAD_USER_INPUT", {"pointer": ""})),
        (b"{}", (400, "BAD_USER_INPUT", {"pointer": "/type"})),
        (b'{"type": 1, "payload": 1}', (400, "BAD_USER_INPUT", {"pointer": "/type"})),
        (b'{"type": null, "payload": 1}', (400, "BAD_USER_INPUT", {"pointer": "/type"})),
        (b'{"type": "has blank", "payload": 1}', (400, "BAD_USER_INPUT", {"pointer": "/type"})),
        (b'{"type": "t", "payload": 1, "a/b~c": 1}', (400, "BAD_USER_INPUT", {"pointer": "/a~1b~0c"})),
        (
            b'{"type": "t", "payload": 1, "idempotencyKey": "k"}',
            (400, "BAD_USER_INPUT", {"pointer": "/idempotencyKey"}),
        ),
        (b'{"type": "t", "payload": 1, "occurredAt": "now"}', (400, "BAD_USER_INPUT", {"pointer": "/occurredAt"})),
        (b'{"type": "t", "payload": 1, "source": "manual"}', (400, "BAD_USER_INPUT", {"pointer": "/source"})),
        (b'{"type": "t", "payload": 1, "source": "none"}', (404, "NOT_FOUND", {"pointer": "/source"})),
        (b'{"type": "t", "payload": "' + b"x" * MIB + b'"}', (413, "PAYLOAD_TOO_LARGE", None)),
    ],
    ids=lambda value: str(value)[:24],
)
def test_hostile_body_is_refused(rest: Rest, tenant: Any, body: bytes, wanted: tuple[Any, ...]) -> None:
    assert refusal(rest.post("/events", body)) == wanted
    assert events_of(tenant) == 0


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"],
)
def test_other_content_type_is_refused(rest: Rest, tenant: Any, content_type: str) -> None:
    body = json.dumps(EVENT).encode()
    assert refusal(rest.post("/events", body, Content_Type=content_type)) == (415, "UNSUPPORTED_MEDIA_TYPE", None)
    assert refusal(rest.post("/events", body, Content_Encoding="gzip")) == (415, "UNSUPPORTED_MEDIA_TYPE", None)
    assert events_of(tenant) == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_method_is_refused(rest: Rest, method: str) -> None:
    response = rest.send(method, "/events", EVENT)
    assert refusal(response) == (405, "METHOD_NOT_ALLOWED", None)
    assert {"GET", "POST"} <= set(response["Allow"].split(", "))


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_no_header_or_field_changes_the_method(rest: Rest, tenant: Any, header: str) -> None:
    assert rest.send("GET", "/events", EVENT, **{header: "POST"}).json()["results"] == []
    assert refusal(rest.send("GET", "/events?_method=POST", EVENT)) == (400, "BAD_USER_INPUT", {"parameter": "_method"})
    assert events_of(tenant) == 0


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/vnd.api+json"])
def test_other_media_type_is_not_made(rest: Rest, accept: str) -> None:
    answer = rest.get("/events", Accept=accept)
    assert refusal(answer) == (406, "NOT_ACCEPTABLE", None)
    assert answer.json()["details"] == {"media_types": ["application/json"]}


@pytest.mark.parametrize(
    "path", ["/events?cursor=%0d%0aX-Evil:%201", "/runs/%0d%0aX-Evil:%201", "/events?type=%0d%0aX-Evil:1"]
)
def test_line_breaks_in_a_url_make_no_header(rest: Rest, path: str) -> None:
    response = rest.get(path)
    assert response.status_code in {400, 404}
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize("key", ["", "k" * 10_000, "a\tb", "\u00e9"])
def test_odd_key_is_refused_or_kept_as_it_is(rest: Rest, key: str) -> None:
    response = rest.post("/events", EVENT, Idempotency_Key=key)
    if response.status_code != 201:
        assert refusal(response) == (400, "BAD_USER_INPUT", {"header": "Idempotency-Key"})
        return
    assert rest.post("/events", EVENT, Idempotency_Key=key).json()["outcome"] == "DUPLICATE"


def test_unknown_url_is_json_too(rest: Rest) -> None:
    for path in ("/nothing", "/events/1/2", "/runs/1/delete", "/docs/nothing", "/docs/..%2Fpages.py"):
        response = rest.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND"), path
