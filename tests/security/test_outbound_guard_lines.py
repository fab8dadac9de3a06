"""A line for what does not speak HTTP: bounded in what it reads, and closed by whoever has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from actors.connectors.guard import MAIL_PORTS, Guard, LineStream, OverlongError
from actors.connectors.guard.lines import MAX_LINE_BYTES, MAX_UNREAD_BYTES
from tests.support.mail import ScriptedMail
from tests.support.outbound import LOOPBACK
from tests.support.raw_server import run


def _with(said: bytes, work: Callable[[LineStream], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with ScriptedMail(said) as server:
            stream = await Guard().connect("127.0.0.1", server.port, LOOPBACK, MAIL_PORTS)
            try:
                await work(stream)
            finally:
                stream.close()

    run(whole())


def test_lines_are_read_one_by_one_however_they_come() -> None:
    async def work(stream: LineStream) -> None:
        assert [await stream.read_line() for _ in range(4)] == [b"one", b"two", b"", b"x" * MAX_LINE_BYTES]

    _with(b"one\r\ntwo\n\r\n" + b"x" * MAX_LINE_BYTES + b"\nrest", work)


@pytest.mark.parametrize("said", [b"x" * (MAX_LINE_BYTES + 1) + b"\n", b"x" * 1_000_000])
def test_line_without_end_is_not_read_to_its_end(said: bytes) -> None:
    async def work(stream: LineStream) -> None:
        with pytest.raises(OverlongError):
            await stream.read_line()

    _with(said, work)


def test_what_waits_unread_is_bounded() -> None:
    async def work(stream: LineStream) -> None:
        for _ in range(1_000):
            if stream._ended:  # by us, because it is too much
                break
            await asyncio.sleep(0.01)
        assert MAX_UNREAD_BYTES < len(stream._unread) <= MAX_UNREAD_BYTES + 256 * 1024, "one read of the loop more"
        with pytest.raises(OverlongError):
            await stream.read_line()

    _with(b"250 again\r\n" * 1_000_000, work)


def test_end_within_a_line_is_an_error_and_no_line() -> None:
    async def work(stream: LineStream) -> None:
        assert await stream.read_line() == b"one"
        stream.close()
        with pytest.raises(ConnectionError):
            await stream.read_line()

    _with(b"one\r\ntw", work)
