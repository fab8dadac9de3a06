"""Subscribers of a feed share one reader and, where their rights are the same, one execution and the same bytes."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.conftest import serving
from tests.support import event_streams as sse
from tests.support.run_feed import FEED, SHORT, Run, Stage
from tests.support.sockets import Socket, open_socket

COUNTING = """
import json
from automate.kernel import permissions
from automate.web import asgi
from graphql_schema.feeds import encoder, hubs, sharing
from automate.runs.feed_queries import RUN_LOG

# A role that sees runs and not their events.
permissions.ROLES["viewer"] = permissions.ROLES["viewer"] - {permissions.VIEW_EVENTS}
encoded, read = [], []
encode, after = encoder.Encoder.encode, RUN_LOG.after

def counted(self, item):
    encoded.append(item.kind.value)
    return encode(self, item)

def counted_after(position):
    page = after(position)
    read.extend(page.rows)
    return page

encoder.Encoder.encode = counted
object.__setattr__(RUN_LOG, "after", counted_after)

async def application(scope, receive, send):
    if scope.get("path") != "/seen":
        return await asgi.application(scope, receive, send)
    content = json.dumps([encoded.count("TRANSITION"), len(read)]).encode()
    headers = [(b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
"""
"""A server that counts the items which it has encoded and the rows which it has read."""
BLIND_TO_RIGHTS = """
sharing.rights_of = lambda principal: permissions.ROLES["owner"]
"""
EVENTS = "subscription($after: String) { runFeed(after: $after) { kind cursor toState run { id event { id } } } }"


@pytest.fixture(scope="module")
def counting(database: Any) -> Iterator[str]:
    with serving(COUNTING) as host:
        yield host


async def seen(host: str) -> tuple[int, int]:
    def ask() -> tuple[int, int]:
        with urllib.request.urlopen(f"http://{host}/seen") as answer:
            encoded, read = json.loads(answer.read())
            return encoded, read

    return await asyncio.to_thread(ask)


async def raw_item(socket: Socket) -> bytes:
    """The payload of the next message, as it was sent."""
    text = await asyncio.wait_for(socket.connection.recv(decode=False), 20)
    found = re.fullmatch(rb'\{"id":"[^"]*","type":"next","payload":(.*)\}', text)
    assert found, text
    return found[1]


def test_item_is_read_executed_and_encoded_once_for_both_transports(
    stage: Stage, counting: str, run_async: Run
) -> None:
    async def scenario() -> Any:
        token = stage.tenant.token
        async with (
            open_socket(counting, token) as first,
            open_socket(counting, token) as second,
            sse.open_stream(counting, token, FEED) as third,
        ):
            await first.subscribe("1", FEED)
            await second.subscribe("a-longer-id", FEED)
            await second.subscribe("another", FEED, after=None)
            began = [await raw_item(socket) for socket in (first, second, second)]
            await third.item()
            before = await seen(counting)
            await stage.write_soon("queued", "running")
            items = [await raw_item(socket) for socket in (first, second, second)]
            kind, content = await third.event()
            after = await seen(counting)
            return began, items, (kind, content), [now - then for now, then in zip(after, before, strict=True)]

    began, items, event, counts = run_async(scenario())
    assert len(set(items)) == 1
    assert event == ("next", json.loads(items[0]))
    assert json.loads(items[0])["data"]["runFeed"]["toState"] == "RUNNING"
    assert len(set(began)) == 1
    assert counts == [1, 1]


async def _both(host: str, stage: Stage, viewer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same transition of the same document, for an owner and for a viewer who may not see events."""
    async with open_socket(host, stage.tenant.token) as owner, open_socket(host, viewer) as other:
        for socket in (owner, other):
            await socket.subscribe("1", EVENTS)
            await socket.item()
        await stage.write_soon("queued", "running")
        return (await owner.receive())["payload"], (await other.receive())["payload"]


def test_viewers_of_different_rights_never_share_bytes(
    stage: Stage, counting: str, token_for: Any, run_async: Run
) -> None:
    owner, viewer = run_async(_both(counting, stage, token_for(stage.tenant.ref, "viewer")))
    assert owner["data"]["runFeed"]["run"]["event"]["id"]
    assert "errors" not in owner
    assert viewer["data"]["runFeed"]["run"]["event"] is None
    assert viewer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.slow
def test_sabotaged_key_without_rights_is_found_out(
    stage: Stage, token_for: Any, run_async: Run, serve: Callable[[str], Any]
) -> None:
    with serve(COUNTING + BLIND_TO_RIGHTS) as host:
        owner, viewer = run_async(_both(host, stage, token_for(stage.tenant.ref, "viewer")))
    assert owner == viewer
    assert viewer["data"]["runFeed"]["run"]["event"]["id"]


def test_variables_and_documents_tell_groups_apart(stage: Stage, counting: str, run_async: Run) -> None:
    """The argument ``after`` tells nobody apart, unless an item depends on the same variable."""
    documents: list[tuple[str, dict[str, Any]]] = [
        ("subscription($s: Boolean!) { runFeed { kind toState @include(if: $s) } }", {"s": True}),
        ("subscription($s: Boolean!) { runFeed { kind toState @include(if: $s) } }", {"s": False}),
        ("subscription Named($s: Boolean!) { runFeed { kind toState @include(if: $s) } }", {"s": True}),
        (SHORT, {"filter": {"workflow": "no-such-workflow"}}),
    ]

    async def scenario() -> Any:
        async with open_socket(counting, stage.tenant.token) as socket:
            for number, (document, variables) in enumerate(documents):
                await socket.subscribe(str(number), document, **variables)
                await socket.receive()
            before = await seen(counting)
            await stage.write_soon("queued", "running")
            found = {}
            for _ in range(3):
                message = await socket.receive()
                found[message["id"]] = message["payload"]["data"]["runFeed"]
            after = await seen(counting)
            return found, [now - then for now, then in zip(after, before, strict=True)]

    found, counts = run_async(scenario())
    assert found == {
        "0": {"kind": "TRANSITION", "toState": "RUNNING"},
        "1": {"kind": "TRANSITION"},
        "2": {"kind": "TRANSITION", "toState": "RUNNING"},
    }
    assert counts == [3, 1]


def test_subscribers_that_resume_from_different_cursors_share_what_follows(
    stage: Stage, counting: str, run_async: Run
) -> None:
    path = ["queued", "running", "waiting", "running"]

    async def scenario() -> Any:
        async with open_socket(counting, stage.tenant.token) as socket:
            await socket.subscribe("0", SHORT)
            cursors = [(await socket.item())["cursor"]]
            await stage.write_soon(*path)
            cursors += [(await socket.item())["cursor"] for _ in path[1:]]
            async with open_socket(counting, stage.tenant.token) as other:
                resumed = []
                for number, cursor in enumerate(cursors):
                    await other.subscribe(str(number), SHORT, after=cursor)
                    count = len(cursors) - number
                    resumed.append([(await other.item())["toState"] for _ in range(count)])
                # A subscriber that was still reading its past executes the next item itself.
                counts, former, state = [0, 0], "waiting", "running"
                while counts != [1, 1]:
                    former, state = state, former
                    before = await seen(counting)
                    await stage.write_soon(former, state)
                    live = {(await other.receive())["payload"]["data"]["runFeed"]["toState"] for _ in cursors}
                    assert live == {state.upper()}
                    counts = [now - then for now, then in zip(await seen(counting), before, strict=True)]
                return resumed

    resumed = run_async(scenario())
    states = [state.upper() for state in path[1:]]
    assert resumed == [[None, *states[number:]] for number in range(4)]


def test_sockets_agree_on_no_compression(stage: Stage, counting: str, run_async: Run) -> None:
    """A compressed frame differs from socket to socket."""

    async def scenario() -> list[Any]:
        async with open_socket(counting, stage.tenant.token) as socket:
            return list(socket.connection.protocol.extensions)

    assert run_async(scenario()) == []


@pytest.mark.slow
def test_server_that_takes_no_ready_frames_sends_the_same_items(
    stage: Stage, run_async: Run, serve: Callable[[str], Any]
) -> None:
    program = """
from automate.serving import socket_protocol
from automate.web.asgi import application
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
socket_protocol.FramesProtocol = WebSocketsSansIOProtocol
"""

    async def scenario(host: str) -> list[Any]:
        async with open_socket(host, stage.tenant.token) as socket:
            await socket.subscribe("1", SHORT)
            await socket.item()
            await stage.write_soon("queued", "running", "waiting")
            return [(await socket.item())["toState"] for _ in range(2)]

    with serve(program) as host:
        assert run_async(scenario(host)) == ["RUNNING", "WAITING"]
