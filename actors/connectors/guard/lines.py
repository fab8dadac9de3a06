"""A guarded connection for line protocols, such as SMTP."""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

from actors.connectors.guard.failures import not_connected

MAX_LINE_BYTES = 4096
"""Eight times the length that SMTP allows for a line of a reply."""
MAX_UNREAD_BYTES = 64 * 1024
"""The maximum number of received bytes that wait to be read. A correct server sends less before the next command."""


class OverlongError(Exception):
    """The server sent too many lines, or a line that is too long."""


class LineStream(asyncio.Protocol):
    """A connection for a line protocol. The caller sets the deadline. The server's certificate must name ``host``."""

    _transport: asyncio.Transport

    def __init__(self, host: str, ssl_context: ssl.SSLContext) -> None:
        self._host = host
        self._ssl_context = ssl_context
        self._unread = bytearray()
        self._ended = False
        self._more: asyncio.Future[None] | None = None

    async def start_tls(self) -> None:
        """Encrypt the connection and verify the certificate.

        Raises NotConnectedError if the connection cannot be encrypted. Raises ConnectionError if the server agreed to
        TLS and then sent unencrypted data.
        """
        if self._unread:
            raise ConnectionAbortedError("the server sent unencrypted data after its consent to TLS")
        loop = asyncio.get_running_loop()
        try:
            encrypted = await loop.start_tls(self._transport, self, self._ssl_context, server_hostname=self._host)
        except OSError as error:  # also of ssl
            raise not_connected(error) from error
        if encrypted is None:  # closed in the meantime
            raise not_connected(ConnectionResetError())
        self._transport = encrypted

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def read_line(self) -> bytes:
        """Read the next line, and return the line without its line break.

        Raises OverlongError if the line is too long. Raises ConnectionError if the connection ends within the line.
        """
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) > MAX_LINE_BYTES:
                raise OverlongError
            if self._ended:
                raise ConnectionResetError("the connection ended within a line")
            self._more = asyncio.get_running_loop().create_future()
            await self._more
        if end > MAX_LINE_BYTES or len(self._unread) > MAX_UNREAD_BYTES:
            raise OverlongError
        line = bytes(self._unread[:end]).removesuffix(b"\r")
        del self._unread[: end + 1]
        return line

    def close(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio types the transport of every protocol as its base class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if len(self._unread) <= MAX_UNREAD_BYTES:  # more than that is never read
            self._unread += data
        else:
            self._transport.abort()
        self._wake()

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, _error: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)
