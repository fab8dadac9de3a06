"""webhook.send against a receiver that verifies with the public standardwebhooks library."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from actors.connectors.base import ConnectorError
from actors.connectors.guard import Guard
from actors.connectors.registry import CONNECTORS, preview
from actors.connectors.webhook.connector import _SET_WHEN_SENT, WebhookSend
from actors.connectors.webhook.errors import unreadable
from automate.endpoints.receiver import WebhookReceiver
from tests.support.certificates import Authority
from tests.support.outbound import CAUSATION, KEY, TRACEPARENT, Names, call
from tests.support.raw_server import Exchange, RawServer, answer, run

SPEC = WebhookSend.spec
NEW, OLD, OTHER = (f"whsec_{base64.b64encode(os.urandom(32)).decode()}" for _ in range(3))
MESSAGE: Mapping[str, Any] = {"endpoint": "billing", "type": "order.paid", "data": {"id": 17, "name": "Größe"}}
NO_CONTENT = answer("204 No Content")


ENDPOINT = UUID(int=1)


def _receiver(url: str, *secrets: str, disabled: str = "") -> WebhookReceiver:
    return WebhookReceiver(ENDPOINT, "billing", url, secrets or (NEW,), 3, disabled)


async def _call(
    reply: Any, given: Mapping[str, Any], *secrets: str, guard: Guard | None = None, seconds: float = 5.0
) -> Any:
    async with RawServer(reply) as server:
        bound = WebhookSend(guard or Guard()).to(_receiver(f"{server.url}hook?tenant=1", *secrets))
        return await bound.call(call(given, timeout_seconds=seconds)), server.exchanges[-1]


def _send(*secrets: str, reply: Any = NO_CONTENT, **given: Any) -> tuple[Any, Exchange]:
    return run(_call(reply, {**MESSAGE, **given}, *secrets))


def _failure(work: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        run(work)
    return caught.value


def _fail(reply: Any, *secrets: str, seconds: float = 5.0, **given: Any) -> ConnectorError:
    return _failure(_call(reply, {**MESSAGE, **given}, *secrets, seconds=seconds))


def _told(error: ConnectorError) -> tuple[str, str, bool]:
    row = SPEC.failure(error.details["failure"])
    assert row is not None
    assert error.code == row.code
    assert row.may_have_arrived or not error.arrived
    return row.name, error.code, error.arrived


@pytest.mark.parametrize("known", [NEW, OLD], ids=["new", "old"])
def test_each_of_two_secrets_verifies(known: str) -> None:
    output, exchange = _send(NEW, OLD, timestamp="2026-11-25T10:00:00Z")
    assert Webhook(known).verify(exchange.body, exchange.headers) == {
        "type": "order.paid",
        "timestamp": "2026-11-25T10:00:00Z",
        "data": {"id": 17, "name": "Größe"},
    }
    assert output == {"id": KEY, "status": 204}
    assert [part[:3] for part in exchange.headers["webhook-signature"].split(" ")] == ["v1,", "v1,"]


@pytest.mark.parametrize("spoil", ["secret", "body", "webhook-id", "webhook-timestamp"])
def test_nothing_else_verifies(spoil: str) -> None:
    _, exchange = _send(NEW, OLD)
    headers, body, secret = dict(exchange.headers), exchange.body, OTHER if spoil == "secret" else NEW
    if spoil == "body":
        body = body.replace(b"17", b"18")
    elif spoil != "secret":
        headers[spoil] = str(int(headers[spoil]) + 1) if spoil == "webhook-timestamp" else "other"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_request_carries_key_trace_and_causation() -> None:
    _, exchange = _send()
    assert exchange.line == "POST /hook?tenant=1 HTTP/1.1"
    wanted = {
        "content-type": "application/json",
        "webhook-id": KEY,
        "idempotency-key": KEY,
        "traceparent": TRACEPARENT,
        "automate-causation": CAUSATION,
    }
    assert {name: exchange.headers[name] for name in wanted} == wanted


@pytest.mark.parametrize("data", [None, 0, "text", [], {"deep": [1, None]}])
def test_any_json_is_data(data: Any) -> None:
    _, exchange = _send(data=data, timestamp=None)
    assert json.loads(exchange.body) == {"type": "order.paid", "data": data}


def test_message_may_have_an_id_of_its_own() -> None:
    output, exchange = _send(id="msg_17")
    assert (output["id"], exchange.headers["webhook-id"]) == ("msg_17", "msg_17")
    assert Webhook(NEW).verify(exchange.body, exchange.headers)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 409, 422, 500, 502, 503, 504])
def test_whatever_is_not_2xx_is_tried_again(status: int) -> None:
    reply = answer(f"{status} Status", b"why", "Location: http://127.0.0.1:1/", "Retry-After: 9")
    error = _fail(reply)
    assert _told(error) == ("not_taken", "CONNECTOR_TRANSIENT", False)
    assert error.retryable
    assert "again" not in error.message, "the schedule decides, and the last attempt has none"
    assert error.retry_after_seconds == 9.0
    assert error.details == {
        "failure": "not_taken",
        "status": status,
        "body": "why",
        "endpoint": "billing",
        "endpoint_id": str(ENDPOINT),
        "revision": 3,
    }


@pytest.mark.parametrize(
    "form", [str, lambda secret: secret[6:], lambda secret: key_of(secret).hex(), lambda secret: secret.encode().hex()]
)
def test_receiver_that_says_its_secret_is_not_quoted(form: Callable[[str], str]) -> None:
    error = _fail(answer("401 No", f"not signed with {form(NEW)} nor {form(OLD)}".encode()), NEW, OLD)
    assert error.details["body"] == "not signed with [redacted] nor [redacted]"


@pytest.mark.parametrize("before", range(460, 512, 7))
def test_half_a_secret_is_not_quoted_either(before: int) -> None:
    body = _fail(answer("401 No", b"x" * before + NEW.encode()), NEW).details["body"]
    assert body == ("x" * before + "[redacted]")[:512]


def key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def test_disabled_endpoint_is_sent_nothing() -> None:
    async def work() -> int:
        async with RawServer() as server:
            with pytest.raises(ConnectorError) as caught:
                await WebhookSend(Guard()).to(_receiver(server.url, disabled="by hand")).call(call(MESSAGE))
            assert _told(caught.value) == ("disabled", "CONNECTOR_REFUSED", False)
            assert "by hand" in caught.value.message
            return server.connections

    assert run(work()) == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"endpoint": 5}, "endpoint"),
        ({"endpoint": ""}, "endpoint"),
        ({"type": ""}, "type"),
        ({"type": None}, "type"),
        ({"id": "a b"}, "id"),
        ({"id": "a.b"}, "id"),
        ({"timestamp": 5}, "timestamp"),
        ({"url": "http://x.example"}, "with"),
        ({"data": "\ud800"}, "data"),
    ],
)
def test_bad_input_is_told_by_field(given: Mapping[str, Any], field: str) -> None:
    error = _fail(NO_CONTENT, **given)
    assert _told(error) == ("bad_input", "BAD_USER_INPUT", False)
    assert error.details["field"] == field


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _say_nothing(_exchange: Exchange) -> None:
    await asyncio.Event().wait()


def _to(receiver: Any) -> ConnectorError:
    return _failure(WebhookSend(Guard()).to(receiver).call(call(MESSAGE)))


def _guarded(resolver: Names, context: Any = None) -> ConnectorError:
    async def work() -> Any:
        async with RawServer(tls=Authority().server_context("hook.example")) as server:
            receiver = _receiver(f"https://hook.example:{server.port}/")
            return await WebhookSend(Guard(resolver=resolver, ssl_context=context)).to(receiver).call(call(MESSAGE))

    return _failure(work())


def _unreachable() -> ConnectorError:
    async def port() -> int:
        async with RawServer() as server:
            return server.port

    return _to(_receiver(f"http://127.0.0.1:{run(port())}/"))


WAYS: Mapping[str, Callable[[], ConnectorError]] = {
    "bad_input": lambda: _fail(NO_CONTENT, type=""),
    "no_endpoint": lambda: _to(None),
    "unreadable": lambda: _to(unreadable()),
    "disabled": lambda: _to(_receiver("http://127.0.0.1:1/", disabled="by hand")),
    "deleted": lambda: _to(replace(_receiver("http://127.0.0.1:1/"), secrets=(), deleted=True)),
    "gone": lambda: _fail(answer("410 Gone", b"")),
    "rate_limited": lambda: _fail(answer("429 Slow", b"")),
    "not_taken": lambda: _fail(answer("500 Oops", b"")),
    "blocked": lambda: _to(_receiver("http://10.0.0.1/")),
    "no_address": lambda: _guarded(Names([])),
    "no_connection": _unreachable,
    "certificate": lambda: _guarded(Names(["127.0.0.1"]), Authority().client_context()),
    "timed_out": lambda: _fail(_say_nothing, seconds=0.3),
    "broken": lambda: _fail(_reset),
    "answer_too_large": lambda: _fail(answer("200 OK", b"x" * (2**20 + 1))),
    "answer_encoding": lambda: _fail(answer("200 OK", b"x", "Content-Encoding: br")),
}


@pytest.mark.parametrize("row", [failure.name for failure in SPEC.failures])
def test_each_row_of_the_error_table_is_met(row: str) -> None:
    assert _told(WAYS[row]())[0] == row


def test_preview_shows_the_message_and_no_signature() -> None:
    assert preview("webhook.send", {"input": dict(MESSAGE), "refs": []})["request"] == {
        "endpoint": "billing",
        "headers": {
            "webhook-id": _SET_WHEN_SENT,
            "webhook-timestamp": _SET_WHEN_SENT,
            "webhook-signature": _SET_WHEN_SENT,
        },
        "body": {"type": "order.paid", "data": {"id": 17, "name": "Größe"}},
    }


def test_examples_and_outputs_fit_the_published_schemas() -> None:
    given, made = (jsonschema_rs.Draft202012Validator(dict(one)) for one in (SPEC.input_schema, SPEC.output_schema))
    for example in SPEC.input_schema["examples"]:
        given.validate(example)
    made.validate(_send()[0])
    assert CONNECTORS["webhook.send"].spec is SPEC
    assert (SPEC.effect, SPEC.secrets) == ("keyed", False)


def test_receiver_keeps_its_secrets_out_of_its_repr() -> None:
    assert NEW not in repr(_receiver("http://x.example/"))
