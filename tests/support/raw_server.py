"""A real HTTP/1.1 server under a test's full control: it records all that reaches it and answers raw bytes."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import uvloop
from typing_extensions import Self

from tests.support.serving import Connections

T = TypeVar("T")

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'

Answer = Callable[["Exchange"], Awaitable[None]]


def answer(status: str = "200 OK", body: bytes = b"", *headers: str) -> bytes:
    """A whole answer with its Content-Length. status: code and reason."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(work: Coroutine[Any, Any, T], on: Callable[[Coroutine[Any, Any, T]], T] = uvloop.run) -> T:
    """Run a test's coroutine to its end, within 20 s, and then whatever closes what it let go of.

    on: the kind of event loop; as in a worker, where nothing else is said.
    """

    async def whole() -> T:
        made = await asyncio.wait_for(work, 20)
        # A guard dropped with its test closes its connections in a task of the loop's; asyncio.run would cancel that.
        await asyncio.sleep(0)
        closing = asyncio.all_tasks() - {asyncio.current_task()}
        if closing:
            await asyncio.wait(closing, timeout=5)
        return made

    return on(whole())


class Exchange:
    """One request as it came, and the means to answer it."""

    def __init__(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        self.line, *lines = head.decode("latin-1").split("\r\n")
        pairs = [line.partition(": ") for line in lines if line]
        self.headers = {name.lower(): value for name, _, value in pairs}
        self.body = body
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.writer.transport.abort()


class RawServer:
    """``async with RawServer(reply) as server``: reply is raw bytes, or an async function of the Exchange.

    connections: how often anything connected at all. exchanges: the whole requests that came.
    """

    def __init__(
        self, reply: bytes | Answer = OK, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._reply = reply
        self._host = host
        self._tls = tls
        self.port = port
        self.connections = 0
        self.exchanges: list[Exchange] = []
        self._connections = Connections()

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._host, self.port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connections.end(self._server)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with self._connections.serving(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                exchange = Exchange(head, b"", writer)
                exchange.body = await reader.readexactly(int(exchange.headers.get("content-length", 0)))
                self.exchanges.append(exchange)
                if isinstance(self._reply, bytes):
                    await exchange.send(self._reply)
                else:
                    await self._reply(exchange)
                if writer.is_closing():
                    return
