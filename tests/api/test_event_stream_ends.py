"""How event streams begin, last and end on a real server: bounded, kept alive, held back, and never left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import httpx2
import pytest
from django.db import connection

from automate.devserver.ports import free_port
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.project.reaching import LOOPBACK
from automate.serving import streaming
from tests.api.conftest import serving
from tests.support import event_streams as sse
from tests.support import rows
from tests.support.sockets import open_socket

Run = Callable[[Any], Any]
FEED = "subscription { runFeed { kind } }"
SECONDS = 20

COUNTING = """
import json, socket
from automate.web import asgi
from django.conf import settings
from graphql_schema import event_stream, streams
from graphql_schema.feeds.hubs import hubs
settings.STREAMS_PER_TENANT = 3
event_stream.KEEPALIVE_SECONDS = 0.05
parts, flows = [], []
async def application(scope, receive, send):
    async def counted(message):
        parts.append(message)
        await send(message)
    if scope.get("path") == "/graphql/stream":
        cycle = send.__self__
        cycle.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        flows.append(cycle.flow)
        return await asgi.application(scope, receive, counted)
    if scope.get("path") != "/open":
        return await asgi.application(scope, receive, send)
    waiting = hubs.members
    paused = bool(flows and flows[-1].write_paused)
    content = json.dumps([sum(streams._open.values()), waiting, paused, len(parts)]).encode()
    headers = [(b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
"""
"""A server of which one can ask how many streams are open, how many follow a feed, whether the newest is held back by
who reads it, and how many messages it has sent in all. Three streams are the most.
"""


@pytest.fixture(scope="module")
def counting(database: Any) -> Iterator[str]:
    with serving(COUNTING) as host:
        yield host


async def seen_inside(host: str) -> list[int]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        found: list[int] = (await client.get(f"http://{host}/open")).json()
        return found


async def until(host: str, so: Callable[[list[int]], bool]) -> list[int]:
    for _ in range(500):
        found = await seen_inside(host)
        if so(found):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(found)


async def until_open(host: str, count: int) -> None:
    await until(host, lambda found: found[:2] == [count, count])


@pytest.mark.slow
def test_client_that_leaves_leaves_nothing_behind(tenant: Any, counting: str, run_async: Run) -> None:
    async def scenario() -> None:
        for _ in range(5):
            async with sse.open_stream(counting, tenant.token, FEED) as events:
                await events.item()
                await until_open(counting, 1)
            await until_open(counting, 0)

    run_async(scenario())


@pytest.mark.slow
def test_streams_of_a_tenant_are_bounded_over_both_transports_together(
    tenant_factory: Callable[[], Any], counting: str, run_async: Run
) -> None:
    tenant, other = tenant_factory(), tenant_factory()

    async def scenario() -> None:
        async with (
            open_socket(counting, tenant.token) as peer,
            sse.open_stream(counting, tenant.token, FEED) as first,
        ):
            await first.item()
            for name in ("1", "2"):
                await peer.subscribe(name, FEED)
                await peer.item()
            await peer.subscribe("3", FEED)
            assert await peer.error() == "LIMIT_EXCEEDED"
            async with sse.open_stream(counting, tenant.token, FEED) as too_many:
                assert await too_many.error() == "LIMIT_EXCEEDED"
            async with sse.open_stream(counting, other.token, FEED) as others:
                await others.item()
            await peer.send(id="1", type="complete")
            await until_open(counting, 2)
            async with sse.open_stream(counting, tenant.token, FEED) as again:
                await again.item()
        await until_open(counting, 0)

    run_async(scenario())


@pytest.mark.slow
def test_silence_is_broken_by_comments(tenant: Any, counting: str, run_async: Run) -> None:
    async def scenario() -> list[Any]:
        async with sse.open_stream(counting, tenant.token, FEED) as events:
            return [await events.any() for _ in range(5)]

    first, item, *silence = run_async(scenario())
    assert (first, silence) == ((sse.KEEPALIVE, None), [(sse.KEEPALIVE, None)] * 3)
    assert item[1]["data"]["runFeed"]["kind"] == "CHECKPOINT"


TRANSITIONS = 3_000


@pytest.mark.slow
def test_reader_that_pauses_holds_the_stream_back_and_misses_nothing(
    tenant: Any, counting: str, run_async: Run
) -> None:
    with acting_for(tenant.ref):
        flow = rows.flow()
        run = rows.run(flow, rows.event(), state="running")

    def write() -> None:
        with acting_for(tenant.ref), in_transaction():
            for number in range(TRANSITIONS):
                rows.transition(flow, run, "running", "waiting" if number % 2 else "paused")
        connection.close()

    async def scenario() -> int:
        host, _, port = counting.partition(":")
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        door.setblocking(False)
        await asyncio.get_running_loop().sock_connect(door, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=door, limit=1024)
        body = json.dumps({"query": "subscription { runFeed { kind toState } }"}).encode()
        head = f"POST /graphql/stream HTTP/1.1\r\nHost: {counting}\r\nContent-Length: {len(body)}\r\n"
        kind = f"Content-Type: application/json\r\nAuthorization: Bearer {tenant.token}\r\n\r\n"
        writer.write((head + kind).encode() + body)
        await until_open(counting, 1)
        await asyncio.to_thread(write)
        held_back = await until(counting, lambda found: bool(found[2]))
        read = b""
        while read.count(b'"TRANSITION"') < TRANSITIONS:
            read += await asyncio.wait_for(reader.read(65_536), SECONDS)
        assert read.count(b'"PAUSED"') == read.count(b'"WAITING"') == TRANSITIONS / 2
        writer.close()
        await until_open(counting, 0)
        return held_back[3]

    before = run_async(seen_inside(counting))[3]
    assert run_async(scenario()) - before < TRANSITIONS / 2


class Outside:
    """The other end of an answer: what was sent, and how it takes it."""

    def __init__(self) -> None:
        self.made = 0
        self.sent: list[tuple[bytes, bool]] = []
        self.room = asyncio.Semaphore(0)
        self.gone, self.closed = asyncio.Event(), asyncio.Event()

    async def parts(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                self.made += 1
                yield b"%d" % self.made
        finally:
            self.closed.set()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.room.acquire()
        await asyncio.sleep(0)
        self.sent.append((message["body"], message.get("more_body", False)))

    def start(self, **state: Any) -> asyncio.Task[None]:
        return asyncio.create_task(streaming.send_parts(self.parts(), state, self.receive, self.send))


async def settled() -> None:
    """All that can go on without the outside has done so."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_next_part_is_made_once_the_one_before_is_taken(run_async: Run) -> None:
    async def scenario() -> None:
        outside = Outside()
        sending = outside.start()
        for taken in range(4):
            await settled()
            assert (outside.made, len(outside.sent)) == (taken + 1, taken)
            outside.room.release()
        outside.gone.set()
        await sending
        assert outside.closed.is_set()
        assert outside.sent == [(b"%d" % n, True) for n in range(1, 5)]

    run_async(scenario())


def test_client_that_reads_no_more_is_given_up(run_async: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "DEAF_SECONDS", 0.05)

    async def scenario() -> None:
        outside = Outside()
        await outside.start()
        assert (outside.closed.is_set(), outside.sent) == (True, [])

    run_async(scenario())


def test_server_that_stops_ends_the_answer_where_it_stands(run_async: Run) -> None:
    async def scenario() -> None:
        outside, ending = Outside(), asyncio.Event()
        sending = outside.start(ending=ending)
        outside.room.release()
        await settled()
        ending.set()
        for _ in range(5):
            outside.room.release()
        await sending
        assert outside.closed.is_set()
        assert outside.sent[0] == (b"1", True)
        assert outside.sent[-1] == (b"", False)

    run_async(scenario())


def test_fault_of_a_part_is_not_taken_for_an_end(run_async: Run) -> None:
    async def broken() -> AsyncGenerator[bytes, None]:
        yield b"1"
        raise LookupError("a fault of ours")

    async def scenario() -> list[Any]:
        outside = Outside()
        outside.room.release()
        with pytest.raises(LookupError):
            await streaming.send_parts(broken(), {}, outside.receive, outside.send)
        return outside.sent

    assert run_async(scenario()) == [(b"1", True)]


@pytest.fixture
def automate_web(database: Any) -> Iterator[tuple[str, Any]]:
    """``automate web``, as it is run, and its process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "automate.cli", "web"],
        env={**os.environ, "AUTOMATE_PORT": str(port), "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"{LOOPBACK}:{port}", process
    finally:
        process.kill()
        process.wait()


async def listening(host: str) -> None:
    address, _, port = host.partition(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(address, int(port))
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


@pytest.mark.slow
def test_stopped_server_lets_go_of_its_streams_at_once(
    tenant: Any, automate_web: tuple[str, Any], run_async: Run
) -> None:
    """The answer ends as HTTP has it, without ``complete``; and the process does not wait out its grace."""
    from automate.web.server import WEB_GRACE_SECONDS

    host, process = automate_web

    async def scenario() -> tuple[list[Any], float, int]:
        await listening(host)
        async with sse.open_stream(host, tenant.token, FEED) as events:
            await events.item()
            began = asyncio.get_running_loop().time()
            process.send_signal(signal.SIGTERM)
            rest = await events.rest()
            status = await asyncio.to_thread(process.wait, SECONDS)
            return rest, asyncio.get_running_loop().time() - began, status

    rest, seconds, status = run_async(scenario())
    assert (rest, status) == ([], 0)
    assert seconds < WEB_GRACE_SECONDS
