"""Answers meant to exhaust us: too large, bombs, unasked encodings, cut off, slow."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib

import pytest

from actors.connectors.guard import Guard
from tests.support.facts import naming
from tests.support.outbound import LOOPBACK, Names, fetch, refusal
from tests.support.raw_server import Answer, Exchange, RawServer, answer, run

MIB = 1024 * 1024
TEXT = bytes(range(256)) * 40


def _raw_deflate(data: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return engine.compress(data) + engine.flush()


def _endless(head: bytes, chunk: bytes) -> Answer:
    async def reply(exchange: Exchange) -> None:
        await exchange.send(head)
        while True:
            await exchange.send(chunk)

    return reply


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("GZIP", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", _raw_deflate(TEXT)),
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 65536])
def test_body_is_decompressed_whatever_its_pieces(encoding: str, body: bytes, piece: int) -> None:
    async def reply(exchange: Exchange) -> None:
        head, _, data = answer("200 OK", body, f"Content-Encoding: {encoding}").partition(b"\r\n\r\n")
        await exchange.send(head + b"\r\n\r\n")
        for start in range(0, len(data), piece):
            await exchange.send(data[start : start + piece])

    async def work() -> None:
        async with RawServer(reply) as server:
            assert (await fetch(Guard(), server.url, LOOPBACK)).body == TEXT
            assert server.exchanges[0].headers["accept-encoding"] == "gzip, deflate"

    run(work())


def test_body_of_exactly_the_limit_is_taken() -> None:
    async def work() -> None:
        async with RawServer(answer("200 OK", b"a" * MIB)) as server:
            assert len((await fetch(Guard(), server.url, LOOPBACK)).body) == MIB

    run(work())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"a" * (MIB + 1), ()),
        (gzip.compress(bytes(64 * MIB)), ("Content-Encoding: gzip",)),
        (zlib.compress(bytes(64 * MIB)), ("Content-Encoding: deflate",)),
        (_raw_deflate(bytes(64 * MIB)), ("Content-Encoding: deflate",)),
        (gzip.compress(b"ab" * (MIB // 4)), ("Content-Encoding: gzip",)),
        (gzip.compress(bytes(2**14)) * 400, ("Content-Encoding: gzip",)),
        (gzip.compress(gzip.compress(bytes(MIB))), ("Content-Encoding: gzip, gzip",)),
        (gzip.compress(gzip.compress(bytes(MIB))), ("Content-Encoding: gzip", "Content-Encoding: gzip")),
        (b"\x1b\x00", ("Content-Encoding: br",)),
        (b"(\xb5/\xfd", ("Content-Encoding: zstd",)),
    ],
    ids=["large", "gzip-bomb", "zlib-bomb", "deflate-bomb", "ratio", "members", "layers", "layer-lines", "br", "zstd"],
)
def test_answer_that_would_exhaust_us_is_refused(body: bytes, headers: tuple[str, ...]) -> None:
    async def work() -> None:
        async with RawServer(answer("200 OK", body, *headers)) as server:
            error = await refusal(Guard(), server.url, LOOPBACK)
            assert (error.code, error.arrived) == ("CONNECTOR_REFUSED", True)

    run(work())


def test_endless_answer_is_cut_at_the_limit() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    for reply in (_endless(head, b"a" * 65536), _endless(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 8000 + b"\r\n")):

        async def work(reply: Answer = reply) -> None:
            async with RawServer(reply) as server:
                error = await refusal(Guard(), server.url, LOOPBACK)
                assert error.code in {"CONNECTOR_REFUSED", "CONNECTOR_TRANSIENT"}
                assert error.arrived

        run(work())


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(TEXT)[:-9], "gzip"),
        (zlib.compress(TEXT)[:-5], "deflate"),
        (b"not compressed at all", "gzip"),
        (zlib.compress(TEXT) + b"more", "deflate"),
        (gzip.compress(TEXT) + b"more", "gzip"),
    ],
)
def test_broken_compression_is_transient_and_may_have_arrived(body: bytes, encoding: str) -> None:
    async def work() -> None:
        async with RawServer(answer("200 OK", body, f"Content-Encoding: {encoding}")) as server:
            error = await refusal(Guard(), server.url, LOOPBACK)
            assert (error.code, error.arrived) == ("CONNECTOR_TRANSIENT", True)

    run(work())


def test_slow_drip_ends_at_the_one_deadline() -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            await exchange.send(b"a")
            await asyncio.sleep(0.02)

    async def work() -> None:
        async with RawServer(reply) as server:
            started = time.monotonic()
            error = await refusal(Guard(), server.url, LOOPBACK, timeout_seconds=0.3)
            assert (error.code, error.arrived) == ("CONNECTOR_TIMEOUT", True)
            assert 0.29 <= time.monotonic() - started < 2  # uvloop counts whole milliseconds

    run(work())


def test_deadline_spans_all_redirects() -> None:
    async def reply(exchange: Exchange) -> None:
        await asyncio.sleep(0.15)
        await exchange.send(answer("302 Found", b"", "Location: /again"))

    async def work() -> None:
        async with RawServer(reply) as server:
            error = await refusal(Guard(), server.url, LOOPBACK, timeout_seconds=0.4, follow_redirects=True)
            assert (error.code, error.arrived, len(server.exchanges)) == ("CONNECTOR_TIMEOUT", True, 3)

    run(work())


@pytest.mark.slow
def test_deadline_during_dns_says_not_sent() -> None:
    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async def work() -> None:
        error = await refusal(Guard(resolver=never), "http://slow.example/", timeout_seconds=0.1)
        assert (error.code, error.arrived) == ("CONNECTOR_TIMEOUT", False)
        assert error.message == naming("0.1")

    run(work())


def test_name_without_address_is_transient() -> None:
    async def work() -> None:
        error = await refusal(Guard(resolver=Names([])), "http://nowhere.example/")
        assert (error.code, error.arrived) == ("CONNECTOR_TRANSIENT", False)
        unknown = await refusal(Guard(), "http://nowhere.invalid/")
        assert (unknown.code, unknown.arrived) == ("CONNECTOR_TRANSIENT", False)

    run(work())
