"""Feeds under strain: a client that does not read, many items, and a client that drops and resumes under many writers."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.db import connection
from websockets.asyncio.client import connect

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import feed
from tests.api.conftest import serving
from tests.support.run_feed import SHORT, Run, Stage
from tests.support.sockets import PROTOCOL, Socket, open_socket

TIGHT = """
import gc, json, socket
from automate.kernel.metrics import SLOW_SUBSCRIBERS
from automate.web import asgi
from django.conf import settings
settings.FEED_BACKLOG_BYTES = 20_000
async def application(scope, receive, send):
    if scope["type"] == "websocket":
        send.__self__.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    if scope.get("path") != "/inside":
        return await asgi.application(scope, receive, send)
    gc.collect()
    content = json.dumps([SLOW_SUBSCRIBERS._value.get(), len(gc.get_objects())]).encode()
    headers = [(b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
"""
"""A server that lets few bytes wait for a subscriber, and tells how many it has cut and how many objects it holds."""
CURSORS = "subscription($after: String) { runFeed(after: $after) { kind cursor reason } }"
TRANSITIONS = 1_500


@pytest.fixture(scope="module")
def tight(database: Any) -> Iterator[str]:
    with serving(TIGHT) as host:
        yield host


async def inside(host: str) -> tuple[int, int]:
    def ask() -> tuple[int, int]:
        with urllib.request.urlopen(f"http://{host}/inside") as answer:
            cut, objects = json.loads(answer.read())
            return int(cut), int(objects)

    return await asyncio.to_thread(ask)


def numbered(stage: Stage, number: int, writer: int = 0) -> None:
    """A transition that names its writer and its number, under the current transaction."""
    execute(
        "INSERT INTO run_log (xid, epoch, run_id, workflow_id, step_key, from_state, to_state, reason, occurred_at)"
        " VALUES (pg_current_xact_id()::text::bigint, 1, %s, %s, '', 'running', 'waiting', %s, now())",
        [stage.run, stage.flow.workflow, f"{writer} {number}"],
    )


async def write_soon(stage: Stage, numbers: range) -> None:
    def write() -> None:
        with acting_for(stage.tenant.ref), in_transaction():
            for number in numbers:
                numbered(stage, number)
        connection.close()
        feed.publish(stage.tenant.ref.id)

    await asyncio.to_thread(write)


@asynccontextmanager
async def narrow_socket(host: str, token: str) -> Any:
    """A socket that reads nothing before it is asked to, and has no room for what comes meanwhile."""
    name, _, port = host.partition(":")
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    door.connect((name, int(port)))
    async with connect(
        f"ws://{host}/graphql", sock=door, subprotocols=[PROTOCOL], max_queue=1, max_size=None
    ) as connected:
        peer = Socket(connected)
        await peer.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert (await peer.receive())["type"] == "connection_ack"
        yield peer


@pytest.mark.slow
def test_slow_client_is_told_and_cut_and_resumes_without_loss(stage: Stage, tight: str, run_async: Run) -> None:
    async def scenario() -> tuple[list[str], dict[str, Any], int, list[str]]:
        async with narrow_socket(tight, stage.tenant.token) as slow, open_socket(tight, stage.tenant.token) as quick:
            await slow.subscribe("1", CURSORS)
            cursor = (await slow.item())["cursor"]
            await quick.subscribe("1", CURSORS)
            await quick.item()
            before = (await inside(tight))[0]
            await write_soon(stage, range(TRANSITIONS))
            others = [(await quick.item())["reason"] for _ in range(TRANSITIONS)]
            assert (await inside(tight))[0] == before + 1
            seen = []
            while (message := await slow.receive())["type"] == "next":
                item = message["payload"]["data"]["runFeed"]
                cursor = item["cursor"]
                seen.append(item["reason"])
            before_cut = len(seen)
            await slow.subscribe("2", CURSORS, after=cursor)
            assert (await slow.item())["kind"] == "CHECKPOINT"
            seen += [(await slow.item())["reason"] for _ in range(TRANSITIONS - before_cut)]
            return seen, message, before_cut, others

    seen, message, before_cut, others = run_async(scenario())
    assert seen == others == [f"0 {number}" for number in range(TRANSITIONS)]
    assert 0 < before_cut < TRANSITIONS
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "SLOW_CONSUMER"


@pytest.mark.slow
def test_memory_is_flat_over_many_items(stage: Stage, web: str, tight: str, run_async: Run) -> None:
    """Each item goes to eight subscribers. The leak of graphql-core kept ten objects and more for each of them."""
    subscribers, rounds, size = 8, 20, 100

    async def scenario() -> list[int]:
        counts = []
        async with open_socket(tight, stage.tenant.token) as peer:
            for number in range(subscribers):
                await peer.subscribe(str(number), CURSORS)
                await peer.item()
            for number in range(rounds):
                await write_soon(stage, range(number * size, (number + 1) * size))
                for _ in range(subscribers * size):
                    assert (await peer.receive())["type"] == "next"
                if number in (rounds // 10, rounds - 1):
                    counts.append((await inside(tight))[1])
        return counts

    early, late = run_async(scenario())
    assert late - early < 1_000


@pytest.mark.slow
def test_client_that_drops_fifty_times_under_twenty_writers_sees_each_transition_once(
    stage: Stage, web: str, run_async: Run
) -> None:
    writers, each, drops = 20, 60, 50
    chance = random.Random(12)

    def write(writer: int, pauses: list[float], go: threading.Event) -> None:
        go.wait(20)
        for number, pause in enumerate(pauses):
            with acting_for(stage.tenant.ref), in_transaction():
                numbered(stage, number, writer)
                threading.Event().wait(pause)
        connection.close()

    async def take(cursor: str, count: int | None, seen: list[str]) -> str:
        """Follow the feed for so many transitions, or to the last of all; the cursor of the last item."""
        async with open_socket(web, stage.tenant.token) as peer:
            await peer.subscribe("1", CURSORS, after=cursor)
            assert (await peer.item())["kind"] == "CHECKPOINT"
            left = count if count is not None else writers * each - len(seen)
            while left and len(seen) < writers * each:
                item = await peer.item()
                assert item["kind"] == "TRANSITION"
                cursor = item["cursor"]
                seen.append(item["reason"])
                left -= 1
            peer.connection.transport.abort()
        return cursor

    async def scenario() -> list[str]:
        async with open_socket(web, stage.tenant.token) as peer:
            await peer.subscribe("1", SHORT)
            cursor = (await peer.item())["cursor"]
        go, seen = threading.Event(), list[str]()
        threads = [
            threading.Thread(target=write, args=(number, [chance.uniform(0, 0.05) for _ in range(each)], go))
            for number in range(writers)
        ]
        for thread in threads:
            thread.start()
        go.set()
        for _ in range(drops):
            cursor = await take(cursor, chance.randint(0, 2 * writers * each // drops - 4), seen)
        await take(cursor, None, seen)
        for thread in threads:
            await asyncio.to_thread(thread.join)
        return seen

    seen = run_async(scenario())
    assert sorted(seen) == sorted(f"{writer} {number}" for writer in range(writers) for number in range(each))
    for writer in range(writers):
        of_writer = [reason for reason in seen if reason.startswith(f"{writer} ")]
        assert of_writer == [f"{writer} {number}" for number in range(each)]
