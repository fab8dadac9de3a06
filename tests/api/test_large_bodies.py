"""A large GraphQL body never holds Python's lock for long, because other threads wait for it meanwhile. Its memory ends with its answer."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from starlette.websockets import WebSocketDisconnect, WebSocketState

from automate.kernel import strict_json
from graphql_schema.limits import BODY_BYTES, BODY_VALUES
from tests.support.api import Api, code_of
from tests.support.held import FACTOR, MOST_SECONDS, NOISE, longest_call

LISTED = "query($types: [String!]) { events(first: 1, filter: {types: $types}) { edges { node { id } } } }"
VALIDATED = "query($definition: JSON!) { validateWorkflow(definition: $definition) { valid } }"
MANY_TYPES = json.dumps({"query": LISTED, "variables": {"types": ["a"] * 200_000}}).encode()


def held(api: Api, body: bytes) -> float:
    """The longest call into C while the body is answered."""
    return min(longest_call(lambda: api.post(body)) for _ in range(NOISE))


def test_long_list_is_refused_before_all_of_it_is_parsed(api: Api) -> None:
    response = api.post(MANY_TYPES)
    assert (response.status_code, code_of(response)) == (413, "PAYLOAD_TOO_LARGE")
    assert response.json()["errors"][0]["extensions"]["details"] == {"max_values": BODY_VALUES}
    assert held(api, MANY_TYPES) < MOST_SECONDS


def test_the_most_values_hold_the_lock_shortly(api: Api) -> None:
    """Lists cost the parser and the collector most."""
    body = json.dumps({"query": LISTED, "variables": {"unused": [[]] * (BODY_VALUES // 2 - 20)}}).encode()
    assert api.post(body).status_code == 200
    assert held(api, body) < MOST_SECONDS


def test_web_that_parses_at_once_is_found_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    in_pieces = held(api, MANY_TYPES)
    monkeypatch.setattr(strict_json, "AT_ONCE_BYTES", BODY_BYTES)
    assert held(api, MANY_TYPES) > FACTOR * in_pieces


def ordinary(size: int) -> dict[str, Any]:
    """A payload of so many bytes, with short names and values as webhooks have them."""
    line = {"id": "evt_1234567890", "sku": "A-100", "qty": 2, "price": 10.5, "paid": True, "tags": ["new", "eu"]}
    return {"lines": [line] * (size // len(json.dumps(line)))}


def test_the_largest_ordinary_bodies_are_accepted(api: Api) -> None:
    """A hundred events that fill the body."""
    payload = ordinary(BODY_BYTES // 100 - 200)
    events = [{"type": "order.paid", "payload": payload, "idempotencyKey": f"large {n}"} for n in range(100)]
    query = "mutation($input: IngestEventsInput!) { ingestEvents(input: $input) { results { event { id } } errors { code } } }"
    body = json.dumps({"query": query, "variables": {"input": {"events": events}}}).encode()
    assert 0.9 * BODY_BYTES < len(body) <= BODY_BYTES
    answer = api.post(body).json()
    assert "errors" not in answer, answer["errors"]
    assert len(answer["data"]["ingestEvents"]["results"]) == 100


def requests_kept() -> int:
    # isinstance would set up lazy objects of other tests.
    return sum(type(found) is ASGIRequest for found in gc.get_objects())


async def answered(handler: Any, token: str, body: bytes) -> int:
    """The status of one request to web's own handler, which runs it in a thread of web."""
    headers = [
        (b"host", b"testserver"),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"authorization", f"Bearer {token}".encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers, "state": {}}
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await handler(scope, receive, send)
    status: int = sent[0]["status"]
    return status


@pytest.mark.skipif(sys.version_info < (3, 11), reason="contextlib of Python 3.10 keeps frames in a cycle")
@pytest.mark.parametrize(("body", "status"), [(MANY_TYPES, 413), (b'{"query": "{ runs { totalCount } }"}', 200)])
def test_bodies_are_freed_with_their_answers(api: Api, body: bytes, status: int) -> None:
    """Without the collector, which may not look at old objects for minutes."""
    from automate.web.http import ThreadedHandler

    class Handler(ThreadedHandler):
        def _respond(self, scope: Any, body: bytes) -> Any:
            try:
                return super()._respond(scope, body)
            finally:
                # The thread ends with the test.
                connections.close_all()

    handler = Handler()
    # Log records of pytest keep a request.
    logging.disable(logging.CRITICAL)
    gc.collect()
    before = requests_kept()
    gc.disable()
    try:
        assert [asyncio.run(answered(handler, api.token, body)) for _ in range(5)] == [status] * 5
        # The thread lets go of the last one once it looks for the next.
        assert takes_until(lambda: requests_kept() <= before)
    finally:
        gc.enable()
        logging.disable(logging.NOTSET)


def takes_until(condition: Callable[[], bool], seconds: float = 2.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Wire:
    """A socket that brings one message."""

    application_state = WebSocketState.CONNECTED

    def __init__(self, message: str) -> None:
        self.messages = [message]

    async def receive_text(self) -> str:
        if not self.messages:
            raise WebSocketDisconnect
        return self.messages.pop()


@pytest.mark.parametrize(("entries", "on_the_loop"), [(10, True), (30_000, False)])
def test_large_messages_of_a_socket_are_parsed_off_the_event_loop(
    database: Any, entries: int, *, on_the_loop: bool
) -> None:
    from graphql_schema.socket_messages import Messages

    threads: list[int] = []

    class View:
        def decode_json(self, text: str) -> object:
            threads.append(threading.get_ident())
            return json.loads(text)

    async def received() -> list[object]:
        view: Any = View()
        wire: Any = Wire(json.dumps(["abc"] * entries))
        return [message async for message in Messages(view, wire, wire).iter_json()]

    assert asyncio.run(received()) == [["abc"] * entries]
    assert (threads == [threading.get_ident()]) is on_the_loop
