"""What a server may send in answer, well formed and not: which of it is the answer, and whether the connection is used again."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from actors.connectors.guard import Guard
from actors.connectors.guard.bodies import decoded
from actors.connectors.guard.http1_connection import MAX_HEAD_BYTES
from tests.support.cost import takes_under
from tests.support.facts import naming
from tests.support.outbound import LOOPBACK, fetch, refusal
from tests.support.raw_server import OK, Answer, Exchange, RawServer, answer, run

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def closing(data: bytes) -> Answer:
    async def reply(exchange: Exchange) -> None:
        await exchange.send(data)
        exchange.writer.close()

    return reply


@pytest.mark.parametrize(
    ("sent", "status", "body", "connections"),
    [
        (OK, 200, b'{"ok":true}', 1),
        (answer("200 OK", b"x", "Connection: close"), 200, b"x", 2),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x", 2),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", 1),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b"", 1),
        (CHUNKED + b"2;name=value\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 200, b"abc", 1),
        (CHUNKED + b"1\r\na\r\n0\r\nX-Trailer: late\r\n\r\n", 200, b"a", 1),
        (b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n" + OK, 200, b'{"ok":true}', 1),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + OK, 200, b'{"ok":true}', 1),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw", 101, b"", 2),
        (OK + OK, 200, b'{"ok":true}', 2),
        (OK + b"rubbish", 200, b'{"ok":true}', 2),
    ],
)
@pytest.mark.parametrize("piece", [1, 65_536])
def test_answer_is_read_and_the_connection_used_again_where_it_can_be(
    sent: bytes, status: int, body: bytes, connections: int, piece: int
) -> None:
    async def reply(exchange: Exchange) -> None:
        for start in range(0, len(sent), piece):
            await exchange.send(sent[start : start + piece])

    async def work() -> None:
        guard = Guard()
        async with RawServer(reply) as server:
            for _ in range(2):
                response = await fetch(guard, server.url, LOOPBACK)
                assert (response.status, response.body) == (status, body)
                assert response.header("x-early") is None
                assert response.header("x-trailer") is None
            assert server.connections == connections

    run(work())


def test_body_without_a_length_ends_with_the_connection() -> None:
    async def work() -> None:
        async with RawServer(closing(b"HTTP/1.1 200 OK\r\n\r\nall of it")) as server:
            guard = Guard()
            for connections in (1, 2):
                assert (await fetch(guard, server.url, LOOPBACK)).body == b"all of it"
                assert server.connections == connections

    run(work())


@pytest.mark.parametrize("length", ["", "Content-Length: 5\r\n"])
def test_answer_to_head_has_no_body_whatever_it_says(length: str) -> None:
    async def work() -> None:
        head = f"HTTP/1.1 200 OK\r\nX-Head: yes\r\n{length}\r\n".encode()
        async with RawServer(head) as server:
            guard = Guard()
            for _ in range(2):
                response = await fetch(guard, server.url, LOOPBACK, method="HEAD")
                assert (response.status, response.body, response.header("x-head")) == (200, b"", "yes")
            # Without a length llhttp waits for the end of the connection, so that it is not taken again.
            assert server.connections == (1 if length else 2)

    run(work())


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n X: folded\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"5\r\nabc",
        CHUNKED + b"fffffffffffffffff\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_what_is_no_whole_answer_may_have_arrived(sent: bytes) -> None:
    async def work() -> None:
        guard = Guard()
        async with RawServer(closing(sent)) as server:
            error = await refusal(guard, server.url, LOOPBACK, method="POST", body=b"x")
            assert (error.code, error.arrived) == ("CONNECTOR_TRANSIENT", True)
            assert error.message == naming("HTTP")
            (own,) = guard._loops.values()
            (pool,) = own.pools._pools.values()
            assert (pool.users, len(pool._idle)) == (0, 0)

    run(work())


@pytest.mark.parametrize(
    "line", [b"X-A: " + b"a" * 8_000 + b"\r\n", b"HTTP/1.1 103 Early\r\nX-A: " + b"a" * 8_000 + b"\r\n\r\n"]
)
def test_head_is_bounded_with_all_that_comes_before_it(line: bytes) -> None:
    start = b"" if line.startswith(b"HTTP") else b"HTTP/1.1 200 OK\r\n"

    async def work() -> None:
        sent = 0

        async def reply(exchange: Exchange) -> None:
            nonlocal sent
            await exchange.send(start)
            while not exchange.writer.is_closing():
                await exchange.send(line)
                sent += len(line)

        async with RawServer(reply) as server:
            error = await refusal(Guard(), server.url, LOOPBACK)
            assert (error.code, error.arrived) == ("CONNECTOR_TRANSIENT", True)
            assert sent >= MAX_HEAD_BYTES

    run(work())


def test_trailers_are_bounded_like_the_head() -> None:
    async def work() -> None:
        sent = 0

        async def reply(exchange: Exchange) -> None:
            nonlocal sent
            await exchange.send(CHUNKED + b"1\r\na\r\n0\r\nX-Trailer: ")
            while not exchange.writer.is_closing() and sent < 64 * MAX_HEAD_BYTES:
                await exchange.send(b"a" * 8_000)
                sent += 8_000

        async with RawServer(reply) as server:
            error = await refusal(Guard(), server.url, LOOPBACK)
            assert (error.code, error.arrived) == ("CONNECTOR_TRANSIENT", True)
            assert sent < 64 * MAX_HEAD_BYTES

    run(work())


def test_body_in_many_pieces_is_no_head() -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.send(CHUNKED)
        for _ in range(8):
            await exchange.send(b"8000\r\n" + b"a" * 0x8000 + b"\r\n")
            await asyncio.sleep(0.01)
        await exchange.send(b"0\r\n\r\n")

    async def work() -> None:
        async with RawServer(reply) as server:
            assert len((await fetch(Guard(), server.url, LOOPBACK)).body) == 8 * 0x8000 > MAX_HEAD_BYTES

    run(work())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\nContent-Encoding: br\r\n\r\n", 204),
        (answer("200 OK", b"", "Content-Encoding: gzip"), 200),
        (answer("304 Not Modified", b"", "Content-Encoding: br"), 304),
        (answer("404 Not Found", b"unreadable", "Content-Encoding: br"), 404),
        (answer("503 Later", b"unreadable", "Content-Encoding: gzip"), 503),
        (answer("302 Found", b"unreadable", "Content-Encoding: br"), 302),
    ],
)
def test_status_counts_though_nobody_can_read_the_body(sent: bytes, status: int) -> None:
    async def work() -> None:
        async with RawServer(sent) as server:
            response = await fetch(Guard(), server.url, LOOPBACK)
            assert (response.status, response.body) == (status, b"")

    run(work())


def test_answer_that_nobody_asked_for_is_nobodys() -> None:
    """A server that answers twice would otherwise answer the next request, which may be another step's."""

    async def work() -> None:
        exchanges: list[Exchange] = []

        async def reply(exchange: Exchange) -> None:
            exchanges.append(exchange)
            await exchange.send(OK)

        async with RawServer(reply) as server:
            guard = Guard()
            await fetch(guard, server.url, LOOPBACK)
            (own,) = guard._loops.values()
            (pool,) = own.pools._pools.values()
            ((idle, _),) = pool._idle
            await exchanges[0].send(answer("200 OK", b"poison"))
            await exchanges[0].writer.wait_closed()
            assert not idle.is_open
            assert (await fetch(guard, server.url, LOOPBACK)).body == b'{"ok":true}'
            assert server.connections == 2

    run(work())


def test_members_of_no_length_cost_no_more_than_their_bytes() -> None:
    """zlib copies what is left at each member's end: 50,000 of them in one piece would hold the loop for seconds."""
    members = gzip.compress(b"") * 50_000
    assert decoded(members, "gzip", 2 * len(members)) == b""
    assert takes_under(1, lambda: decoded(members, "gzip", 2 * len(members)))
