"""One HTTP/1.1 connection to a checked address. llhttp parses the answer."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TypeVar, cast

import anyio
import httptools

from actors.connectors.base import ConnectorError
from actors.connectors.guard import large_answers
from actors.connectors.guard.addresses import Address, parse_address, unmapped
from actors.connectors.guard.bodies import too_large
from actors.connectors.guard.failures import bad_answer, broke, not_connected, stale

MAX_HEAD_BYTES = 128 * 1024
"""The maximum size of an answer without its body: the interim answers, the headers and the trailers. Bytes that
arrive together with some of the body are not counted."""

IDLE_END_SECONDS = 2.0
"""If a reused connection ends without an answer within this time, the host closed it while it was idle. If it ends
later, the host may have received the request and failed. Or this process was frozen, and another process has the
step by now."""

_VERSIONS = frozenset({"1.0", "1.1"})
_INFORMATIONAL = range(100, 200)
_SWITCHING_PROTOCOLS = 101
_FRAMES = frozenset({"content-length", "transfer-encoding"})
_IPV6 = 6

P = TypeVar("P", bound=asyncio.Protocol)


@dataclass
class Progress:
    """The progress of a call."""

    sent: bool = False
    """Whether any byte of any hop's request may have left. It is never reset."""
    waits: bool = False
    """Whether the call waits for a free connection of the tenant. The host is not at fault for this wait."""


async def connect(  # noqa: PLR0917 - all that a connection is made of
    kind: Callable[[], P], address: Address, port: int, tls: ssl.SSLContext | None, host: str, seconds: float
) -> P:
    """Connect to one address. Raises NotConnectedError.

    With TLS, the server's certificate must be valid for ``host``.
    """
    with anyio.move_on_after(seconds):
        try:
            return await _connect(kind, address, port, tls, host)
        except OSError as error:
            raise not_connected(error) from error
    raise not_connected(TimeoutError())


async def _connect(kind: Callable[[], P], address: Address, port: int, tls: ssl.SSLContext | None, host: str) -> P:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if address.version == _IPV6 else socket.AF_INET
    with ExitStack() as unless_connected:
        opened = unless_connected.enter_context(closing(socket.socket(family, socket.SOCK_STREAM)))
        opened.setblocking(False)
        await loop.sock_connect(opened, (str(address), port))
        _check_peer(opened, address)
        name = host if tls else None
        _, made = await loop.create_connection(kind, sock=opened, ssl=tls, server_hostname=name)
        unless_connected.pop_all()
    return made


def _check_peer(opened: socket.socket, address: Address) -> None:
    # In case an earlier check was wrong.
    if unmapped(parse_address(str(opened.getpeername()[0]))) != address:
        raise ConnectionError("the connection goes to another address than the checked one")


class Http1Connection(asyncio.Protocol):
    """An HTTP/1.1 connection with one exchange at a time. Not safe across event loops."""

    _transport: asyncio.Transport
    _answer: ResponseParts | None = None
    _lost = _used = False

    @property
    def is_open(self) -> bool:
        return not (self._lost or self._transport.is_closing())

    @property
    def is_fresh(self) -> bool:
        """Whether an idle connection can carry another request."""
        if not self.is_open:
            return False
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket"), select.POLLIN)
        return not poll.poll(0)

    async def exchange(self, request: bytes, progress: Progress, *, bodiless: bool, max_bytes: int) -> ResponseParts:
        """Send a request and read its answer.

        Raises ConnectorError with ``arrived=True`` for an incomplete answer or a body of more than ``max_bytes``.
        Raises StaleConnectionError if a reused connection ends before or soon after the request, and no byte of an
        answer has arrived.
        """
        used, self._used = self._used, True
        if not self.is_open:  # closed by the server
            raise stale(sent=False) if used else not_connected(ConnectionResetError())
        answer = self._answer = ResponseParts(
            asyncio.get_running_loop().create_future(),
            bodiless=bodiless,
            max_bytes=max_bytes,
            holding=large_answers.current.get(),
        )
        began = time.monotonic()
        try:
            progress.sent = True
            self._transport.write(request)
            await answer.complete
        except ConnectorError as error:
            if used and not answer.began and time.monotonic() - began < IDLE_END_SECONDS:
                raise stale(sent=True) from error
            raise
        finally:
            self._answer = None
            if not answer.keeps_alive:
                self.close()
        return answer

    def close(self) -> None:
        """Close the connection at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio types the transport of every protocol as its base class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # an unexpected answer would be taken for the next request's
            self.close()
        else:
            self._answer.feed(data)
            if self._answer.is_large and not self._answer.complete.done():
                self._ask_for_place(self._answer)

    def _ask_for_place(self, answer: ResponseParts) -> None:
        # Until the call may read a large answer.
        holding, answer.is_large = answer.holding, False
        if holding is not None and not holding.ask(self._read_on):
            self._transport.pause_reading()

    def _read_on(self) -> None:
        if self.is_open:
            self._transport.resume_reading()

    def eof_received(self) -> None:
        if self._answer is not None:
            self._answer.end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        if self._answer is not None:
            self._answer.end(error)


class ResponseParts:
    """The part of an answer that has arrived."""

    def __init__(
        self,
        complete: asyncio.Future[None],
        *,
        bodiless: bool,
        max_bytes: int,
        holding: large_answers.LargeAnswerPlace | None = None,
    ) -> None:
        self.complete = complete
        self.holding = holding
        self.is_large = False
        self.keeps_alive = self.began = False
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self._bodiless = bodiless
        self._max_bytes = max_bytes
        self._bytes_without_body = 0
        self._head_is_whole = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self.began = True
        if self.complete.done():
            self.keeps_alive = False
            return
        self._bytes_without_body += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.keeps_alive = False
        except httptools.HttpParserError as error:
            self._fail(bad_answer(), error)
        if self._bytes_without_body > MAX_HEAD_BYTES:
            self._fail(bad_answer())

    def end(self, error: Exception | None) -> None:
        """Handle the end of the connection. An answer without a declared length is then complete; any other answer fails."""
        if self._head_is_whole and error is None and not any(name in _FRAMES for name, _ in self.headers):
            self._finish(keeps_alive=False)
        else:
            self._fail(broke() if error else bad_answer(), error)

    def on_message_begin(self) -> None:
        if self.complete.done():  # more than one answer to one request
            self.keeps_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_is_whole:  # and no trailers
            self.headers.append((name.decode("ascii").lower(), _text(value)))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self.complete.done() or (status in _INFORMATIONAL and status != _SWITCHING_PROTOCOLS):
            return
        if self._parser.get_http_version() not in _VERSIONS:
            self._fail(bad_answer())
            return
        self.status, self._head_is_whole = status, True
        if self._bodiless:
            self._finish(keeps_alive=self._parser.should_keep_alive())

    def on_body(self, data: bytes) -> None:
        self._bytes_without_body = 0
        if self.complete.done():
            self.keeps_alive = False
        elif len(self.body) + len(data) > self._max_bytes:
            self._fail(too_large(self._max_bytes))
        else:
            before = len(self.body)
            self.body += data
            # Reported once: the call then has a place or waits for one.
            self.is_large = self.is_large or before <= large_answers.FREE_BYTES < len(self.body)

    def on_message_complete(self) -> None:
        if self._head_is_whole:
            self._finish(keeps_alive=self._parser.should_keep_alive() and self.status != _SWITCHING_PROTOCOLS)
        else:
            self.headers.clear()

    def _finish(self, *, keeps_alive: bool) -> None:
        if not self.complete.done():
            self.keeps_alive = keeps_alive
            self.complete.set_result(None)

    def _fail(self, error: Exception, cause: Exception | None = None) -> None:
        self.keeps_alive = False
        if not self.complete.done():
            error.__cause__ = cause
            self.complete.set_exception(error)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
