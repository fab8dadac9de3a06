"""What goes over a guarded connection, and when: a request in one piece, and the truth of whether it has left."""

from __future__ import annotations

import asyncio
from asyncio.selector_events import _SelectorSocketTransport
from collections import Counter
from typing import Any

import pytest

from actors.connectors.guard import Guard
from tests.support.certificates import Authority
from tests.support.outbound import LOOPBACK, fetch, refusal
from tests.support.raw_server import OK, Exchange, RawServer, answer, run


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often data was given to the kernel for a port: what both sides do shows up under the other one's."""
    counts: Counter[int] = Counter()
    original = _SelectorSocketTransport.write

    def write(self: Any, data: bytes) -> None:
        counts[self.get_extra_info("peername")[1]] += 1
        original(self, data)

    monkeypatch.setattr(_SelectorSocketTransport, "write", write)
    return counts


@pytest.mark.parametrize("body", [b"", b"x" * 1_000])
def test_request_leaves_in_one_piece(writes: Counter[int], body: bytes) -> None:
    async def work() -> None:
        async with RawServer() as server:
            guard = Guard()
            for _ in range(2):
                await fetch(guard, server.url, LOOPBACK, method="POST", body=body)
            assert [exchange.body for exchange in server.exchanges] == [body, body]
            assert writes[server.port] == 2

    run(work(), asyncio.run)


def test_request_over_tls_leaves_in_one_piece(writes: Counter[int]) -> None:
    authority = Authority()

    async def work() -> None:
        async with RawServer(tls=authority.server_context("localhost")) as server:
            guard = Guard(ssl_context=authority.client_context())
            url = server.url.replace("http://127.0.0.1", "https://localhost")
            await fetch(guard, url, LOOPBACK, method="POST", body=b"x")
            before = writes[server.port]
            await fetch(guard, url, LOOPBACK, method="POST", body=b"x")
            assert writes[server.port] - before == 1

    run(work(), asyncio.run)


def test_answer_to_a_request_that_was_cut_short_is_read() -> None:
    """A server may refuse before it has read the body, and close: its answer tells more than the broken pipe does."""

    async def work() -> None:
        refused = answer("413 Content Too Large", b"", "Connection: close")

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(refused)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            response = await fetch(Guard(), f"http://127.0.0.1:{port}/", LOOPBACK, method="POST", body=b"x" * 65_536)
            assert response.status == 413

    run(work())


def test_request_that_never_left_has_not_arrived() -> None:
    """The other side takes the connection and speaks no TLS: no byte of the request is sent, and the socket is closed."""

    async def work() -> None:
        async with RawServer() as server:
            url = server.url.replace("http:", "https:")
            error = await refusal(Guard(), url, LOOPBACK, method="POST", body=b"x", timeout_seconds=0.2)
            assert (error.code, error.arrived) == ("CONNECTOR_TIMEOUT", False)

    run(work())


def test_request_that_was_sent_may_have_arrived() -> None:
    async def work() -> None:
        async def reset(exchange: Exchange) -> None:
            exchange.reset()

        async with RawServer(reset) as server:
            guard = Guard()
            error = await refusal(guard, server.url, LOOPBACK, method="POST", body=b"x")
            assert error.arrived is True

    run(work())


def test_kept_connection_tells_each_request_of_its_own_bytes() -> None:
    """The second one is refused before it is written, on the connection that the first one was sent on."""

    async def work() -> None:
        async with RawServer(OK) as server:
            guard = Guard()
            await fetch(guard, server.url, LOOPBACK)
            error = await refusal(guard, server.url, LOOPBACK, headers=[("X-Broken", "a\nb")])
            assert error.arrived is False
            assert server.connections == 1

    run(work())
