"""``automate_requests_refused_total`` counts refusals of every transport: an operator sees each attack in it."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.api.conftest import serving
from tests.api.test_waiting import answer_on
from tests.support import event_streams as sse
from tests.support.run_feed import SHORT, Stage
from tests.support.scrapes import Series, parsed, value
from tests.support.sockets import open_socket, raw_socket

Run = Callable[[Any], Any]
METRIC = "automate_requests_refused_total"
COUNTING = """
from automate.kernel.metrics import REGISTRY
from automate.web import asgi
from automate.web import protocol
from django.conf import settings
from prometheus_client import generate_latest
protocol.HEAD_SECONDS = 1.0
settings.SOCKETS_PER_TENANT = 1

async def application(scope, receive, send):
    if scope.get("path") != "/counts":
        return await asgi.application(scope, receive, send)
    content = generate_latest(REGISTRY)
    headers = [(b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
"""
"""A server that shows its metrics beside its answers, and gives each tenant one socket."""


@pytest.fixture(scope="module")
def counting(database: Any) -> Iterator[str]:
    with serving(COUNTING) as host:
        yield host


def counts(host: str) -> Series:
    with urllib.request.urlopen(f"http://{host}/counts") as answer:
        return parsed(answer.read().decode())


def count_of(host: str, code: str) -> float:
    return value(counts(host), METRIC, code=code)


def refused_head(host: str, sent: bytes) -> str:
    """The code of the refusal."""
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=20) as connection:
        connection.sendall(sent)
        _, answer, _ = answer_on(connection)
        code: str = answer["code"]
        return code


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"GET /healthz HTTP/1.1\r\nx-much: " + b"a" * 40_000 + b"\r\n\r\n", "HEADERS_TOO_LARGE"),
        (b"GET /healthz HTTP/1.1\r\n", "REQUEST_TIMEOUT"),
        (b"\x16\x03\x01 no HTTP\r\n\r\n", "BAD_REQUEST"),
    ],
    ids=["large", "slow", "malformed"],
)
def test_heads_that_are_refused_are_counted(counting: str, sent: bytes, code: str) -> None:
    before = count_of(counting, code)
    assert refused_head(counting, sent) == code
    assert count_of(counting, code) == before + 1


async def _counted(host: str, code: str, act: Callable[[], Any]) -> float:
    before = await asyncio.to_thread(count_of, host, code)
    await act()
    return await asyncio.to_thread(count_of, host, code) - before


def test_sockets_that_are_refused_are_counted(counting: str, tenant: Any, run_async: Run) -> None:
    async def knock(token: str) -> None:
        async with raw_socket(counting) as peer:
            await peer.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
            await peer.closed()

    async def say(**message: Any) -> None:
        async with raw_socket(counting) as peer:
            await peer.send(**message)
            await peer.closed()

    async def scenario() -> list[float]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(open_socket(counting, tenant.token))
            return [
                await _counted(counting, "LIMIT_EXCEEDED", lambda: knock(tenant.token)),
                await _counted(counting, "UNAUTHENTICATED", lambda: knock("automate_no_token")),
                await _counted(counting, "UNAUTHENTICATED", lambda: say(type="subscribe", id="1", payload={})),
                await _counted(counting, "BAD_REQUEST", lambda: say(type="no such type")),
            ]

    assert run_async(scenario()) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { runFeed(after: "forged") { kind } }', "INVALID_CURSOR"),
        ('{ runs(after: "forged") { edges { node { id } } } }', "INVALID_CURSOR"),
    ],
)
def test_operations_of_sockets_and_streams_are_counted(
    counting: str, tenant_factory: Callable[[], Any], run_async: Run, document: str, code: str
) -> None:
    token = tenant_factory().token

    async def by_socket() -> None:
        async with open_socket(counting, token) as peer:
            await peer.subscribe("1", document)
            await peer.receive()

    async def by_stream() -> None:
        async with sse.open_stream(counting, token, document) as events:
            await events.event()

    async def scenario() -> list[float]:
        return [await _counted(counting, code, act) for act in (by_socket, by_stream)]

    assert run_async(scenario()) == [1, 1]


def test_open_sockets_and_the_lag_of_feeds_are_shown(counting: str, stage: Stage, run_async: Run) -> None:
    lag = "automate_feed_lag_seconds_count"

    async def scenario() -> list[Series]:
        before = await asyncio.to_thread(counts, counting)
        async with open_socket(counting, stage.tenant.token) as peer:
            await peer.subscribe("1", SHORT)
            await peer.item()
            await stage.write_soon("queued", "running")
            assert (await peer.item())["toState"] == "RUNNING"
            return [before, await asyncio.to_thread(counts, counting)]

    before, during = run_async(scenario())
    assert value(during, "automate_websockets") == value(before, "automate_websockets") + 1
    assert value(during, lag) > value(before, lag)
