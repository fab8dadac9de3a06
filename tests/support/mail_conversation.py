"""The server's side of a line protocol, with optional TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import cast

_MOST_BYTES = 16 * 1024 * 1024


class Conversation(asyncio.Protocol):
    """The server's side of a connection. Reading raises ConnectionError after the client has disconnected."""

    _transport: asyncio.Transport

    def __init__(self, begin: Callable[[Conversation], None]) -> None:
        self._begin = begin
        self.encrypted = False
        self.in_clear = bytearray()
        self._unread = bytearray()
        self._ended = False
        self._changed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._begin(self)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self.encrypted:
            self.in_clear += data
        if len(self._unread) > _MOST_BYTES:
            self._transport.abort()
        self._changed.set()

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, _error: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._changed.set()

    async def read(self, ending: bytes) -> bytes:
        """Read the bytes before the text ``ending``, and skip ``ending``."""
        while (end := self._unread.find(ending)) < 0:
            if self._ended:
                raise ConnectionResetError
            self._changed.clear()
            await self._changed.wait()
        found = bytes(self._unread[:end])
        del self._unread[: end + len(ending)]
        return found

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def start_tls(self, context: ssl.SSLContext, consent: bytes = b"") -> None:
        """Send ``consent``, then start TLS."""
        self._transport.pause_reading()
        if consent:
            self._transport.write(consent)
        self.encrypted = True
        loop = asyncio.get_running_loop()
        encrypted = await loop.start_tls(self._transport, self, context, server_side=True)
        if encrypted is None:
            raise ConnectionResetError
        self._transport = encrypted

    def reset(self) -> None:
        """Break the connection with RST."""
        raw = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self._transport.abort()

    def close(self) -> None:
        self._transport.close()
