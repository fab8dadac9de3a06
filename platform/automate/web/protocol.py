"""uvicorn's HTTP protocol with more limits, for example on the size of headers."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import json_bytes
from automate.kernel.limits import KIB, MIB
from automate.kernel.metrics import count_refusal
from automate.kernel.trace import new_trace
from automate.serving.fair_threads import busy
from automate.serving.refusal_log import refusal_log
from automate.serving.shared_timer import SharedTimer
from automate.web.connections import Connections
from automate.web.joined import JoiningTransport

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

log = structlog.get_logger(__name__)

HEAD = "headers"
"""Stands in logs for the path of a request that was refused before it was parsed."""
HEADER_BYTES = 32 * KIB
"""Maximum bytes of a request line and all headers, or of all trailers."""
PIECE_BYTES = 4 * KIB
"""Number of bytes of a head that are parsed at once. The parser reports a header only when it is complete. So
only later bytes show the length of an incomplete header."""
HEAD_SECONDS = 10.0
"""The time limit for the headers. It begins with the connection, or with the first byte of a later request."""
DEAF_SECONDS = 40.0
"""How long a client can leave data unread before its connection is closed."""
LINGER_SECONDS, LINGER_BYTES = 2.0, 16 * MIB
"""How long, and how many bytes, are read and dropped after a refusal. If the connection were closed at once,
it could be reset before the client has read the answer."""
SURPLUS = 128
"""Connections beyond the limit that are accepted for health checks."""
HEALTH_URLS = frozenset({b"/healthz", b"/readyz"})

KEEP_ALIVE_SECONDS = 5
"""How long a connection may be idle after an answer."""

connections = Connections()
_keep_alive = SharedTimer(KEEP_ALIVE_SECONDS)
logging.getLogger("automate.http").setLevel(logging.ERROR)


class _HeadRefused(Exception):  # noqa: N818 - it ends the parsing, and is no error of ours
    """Raised when the head of a request is refused."""


class BoundedProtocol(HttpToolsProtocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # The refusal log counts its warnings of malformed requests.
        self.logger = logging.getLogger("automate.http")
        self._refusal: NormalizedError | None = None
        self._refused = self._surplus = self._upgraded = False
        self._in_head, self._begun, self._progress = True, False, False
        self._unparsed = self._header_bytes = self._dropped = 0
        self._parsing = False
        self._parsed: deque[tuple[RequestResponseCycle, ASGI3Application]] = deque()
        """Requests to start after the received bytes are parsed."""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # asyncio's base takes any transport
        super().connection_made(transport)
        wire = transport.get_extra_info("socket")
        if wire is not None and wire.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1_000 * DEAF_SECONDS))
        self._surplus = not connections.make_room(len(self.connections))
        if len(self.connections) > connections.most + SURPLUS:
            count_refusal(busy().code)
            transport.abort()
            return
        connections.idle(self)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        connections.busy(self)
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        while self._in_head and len(data) > PIECE_BYTES and not self._refused:
            self._take(data[:PIECE_BYTES])
            data = data[PIECE_BYTES:]
            if self._upgraded or self.transport.is_closing():
                return
        self._take(data)

    def _take(self, data: bytes) -> None:
        if self._refused:
            self._dropped += len(data)
            if self._dropped > LINGER_BYTES:
                self.transport.abort()
            return
        self._progress = False
        self._parsing = True
        try:
            super().data_received(data)
        finally:
            self._parsing = False
        answered = self.cycle is None or self.cycle.response_complete
        while self._parsed:
            self._start(*self._parsed.popleft(), eager=True)
        if self._refused or self._upgraded or self.parser is None or self.transport.is_closing():
            return
        if self._in_head and answered and self._timer is None:
            self._await_head()
        # Bytes without an event are headers, trailers or chunk extensions, which the parser may be collecting.
        self._unparsed = 0 if self._progress else self._unparsed + len(data)
        if self._unparsed > HEADER_BYTES:
            self._refuse(_head_too_large())

    def give_way(self) -> None:
        """Close this idle connection."""
        self.transport.close()

    # Parser callbacks

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._begun, self._header_bytes, self._progress = True, True, 0, True

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > HEADER_BYTES:
            self._stop_parser(_head_too_large())

    def on_headers_complete(self) -> None:
        self._in_head, self._begun, self._header_bytes, self._progress = False, False, 0, True
        self._stop_timer()
        if self._surplus and self.url.partition(b"?")[0] not in HEALTH_URLS:
            self._stop_parser(busy())
        connections.busy(self)
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            joining = JoiningTransport(self.transport, joins=self.scope["method"] != "HEAD")
            # uvicorn needs only the methods that JoiningTransport has.
            self.cycle.transport = cast("asyncio.Transport", joining)

    def on_chunk_header(self) -> None:
        self._progress = True

    def on_body(self, body: bytes) -> None:
        self._progress = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head = self._progress = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        # As uvicorn does, but with a timer for all connections.
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        # uvicorn only cancels it.
        self.timeout_keep_alive_task = cast(
            "asyncio.TimerHandle", _keep_alive.call_later(self.timeout_keep_alive_handler)
        )
        connections.idle(self)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # As uvicorn does, but with fewer turns of the event loop: see `_start`.
        if self._parsing:
            self._parsed.append((cycle, app))
        else:
            self._start(cycle, app, eager=False)

    def _start(self, cycle: RequestResponseCycle, app: ASGI3Application, *, eager: bool) -> None:
        # From Python 3.12 on, an eager task runs now, until it waits for the first time. Its bytes are parsed already, so usually it waits for
        # its thread.
        running = self._run(cycle, app)
        if sys.version_info >= (3, 12) and eager:
            task = asyncio.Task(running, loop=self.loop, eager_start=True)
        else:
            task = self.loop.create_task(running)
        if not task.done():
            self.tasks.add(task)

    async def _run(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # A callback of the task would take one more turn of the event loop.
        try:
            await cycle.run_asgi(app)
        finally:
            self.tasks.discard(asyncio.current_task(self.loop))

    def handle_websocket_upgrade(self) -> None:
        self._upgraded = True
        self._stop_timer()
        connections.busy(self)
        super().handle_websocket_upgrade()

    # Refusals

    def _stop_parser(self, refusal: NormalizedError) -> None:
        self._refusal = refusal
        raise _HeadRefused

    def send_400_response(self, msg: str) -> None:
        """Answer a request that the parser refused. uvicorn calls this method."""
        self._refuse(self._refusal or NormalizedError("BAD_REQUEST", f"{msg} Send HTTP/1.1."))

    def _refuse(self, refusal: NormalizedError) -> None:
        trace = new_trace()
        count_refusal(refusal.code)
        if refusal_log.has_line(refusal.code, HEAD):
            client = self.client[0] if self.client else ""
            log.warning("request refused", code=refusal.code, path=HEAD, trace_id=trace.trace_id, client=client)
        self._refused = True
        self._stop_timer()
        if self.cycle is not None and not self.cycle.response_complete:
            if self.cycle.response_started:
                self.transport.abort()
                return
            # For the application, the client has disconnected.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(_answer(refusal, trace.trace_id))
        self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _await_head(self) -> None:
        self._timer = self.loop.call_later(HEAD_SECONDS, self._head_overdue)

    def _head_overdue(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self._begun:
            self._refuse(_head_too_slow())
        else:
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _head_too_large() -> NormalizedError:
    return NormalizedError(
        "HEADERS_TOO_LARGE",
        f"The headers have more than {HEADER_BYTES} bytes. Send fewer or shorter headers; move data into the body.",
        details={"max_bytes": HEADER_BYTES},
    )


def _head_too_slow() -> NormalizedError:
    return NormalizedError(
        "REQUEST_TIMEOUT",
        f"The headers did not end within {HEAD_SECONDS:g} seconds. Send the request again, faster.",
        details={"head_seconds": HEAD_SECONDS},
    )


def _answer(refusal: NormalizedError, trace_id: str) -> bytes:
    body = json_bytes(refusal.as_answer(trace_id))
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-trace-id": trace_id,
    }
    if "retry_after_seconds" in refusal.details:
        headers["retry-after"] = str(refusal.details["retry_after_seconds"])
    lines = [
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}",
        *(": ".join(pair) for pair in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
