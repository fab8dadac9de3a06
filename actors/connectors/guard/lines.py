"""A guarded connection for protocols that speak in lines, such as SMTP: bounded in what it reads."""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

from actors.connectors.guard.failures import not_connected

MAX_LINE_BYTES = 4096
"""Eight times what SMTP allows a line of a reply."""
MAX_UNREAD_BYTES = 64 * 1024
"""Nobody who waits for a question says so much unasked."""


class OverlongError(Exception):
    """The other side sent a line, or more lines, than anybody has to read."""


class LineStream(asyncio.Protocol):
    """One connection of one call; nobody else gets it. Bound the whole by a deadline: nothing here has one.

    host: the name that a certificate has to be for.
    """

    _transport: asyncio.Transport

    def __init__(self, host: str, ssl_context: ssl.SSLContext) -> None:
        self._host = host
        self._ssl_context = ssl_context
        self._unread = bytearray()
        self._ended = False
        self._more: asyncio.Future[None] | None = None

    async def start_tls(self) -> None:
        """From here on encrypted, the certificate verified for the host. What came in clear before that is not believed.

        Raises NotConnectedError, and ConnectionError where something did.
        """
        if self._unread:
            raise ConnectionAbortedError("the other side sent more in clear, behind its consent to TLS")
        loop = asyncio.get_running_loop()
        try:
            encrypted = await loop.start_tls(self._transport, self, self._ssl_context, server_hostname=self._host)
        except OSError as error:  # of ssl, too
            raise not_connected(error) from error
        if encrypted is None:  # gone meanwhile
            raise not_connected(ConnectionResetError())
        self._transport = encrypted

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def read_line(self) -> bytes:
        """Without its line end. Raises OverlongError, and ConnectionError where the connection ends before the line does."""
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
        """At once, without waiting for the other side of TLS."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if len(self._unread) <= MAX_UNREAD_BYTES:  # what is more than that is never read
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
