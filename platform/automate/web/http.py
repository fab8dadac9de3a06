"""Runs Django's synchronous request handler in an ASGI server. A thread of a pool handles each request."""

from __future__ import annotations

import asyncio
import contextvars
import io
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import lru_cache, partial

from django.core import signals
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http import HttpResponse, HttpResponseBase
from starlette.types import Receive, Scope, Send

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import MIB
from automate.kernel.trace import from_traceparent, tracing
from automate.serving.bodies import Body, DisconnectedError
from automate.serving.desks import Desk, Desks
from automate.serving.fair_threads import busy
from automate.serving.middleware import Handler, error_response, log_refusal
from automate.serving.resuming import Resumption
from automate.serving.shared_timer import SharedTimer
from automate.serving.streaming import Stream, send_parts
from automate.triggers.wrong_signatures import wrong_signatures
from automate.web.direct import PATH, direct_view, request_of
from automate.web.listeners import Listeners
from tenants.lanes import lane_of

PATIENCE_SECONDS = 1.0
"""After this time in the queue, it is worth checking whether the client is still connected."""
IN_LINE_SECONDS = 10.0
DISCARDED_BYTES = 16 * MIB
DISCARD_SECONDS = 5.0
"""How long a body that is too large is read and dropped. Some clients read the answer only after they have
sent the whole body."""
LINGER_SECONDS = 2.0
"""How long a connection is still read after an early answer. Closing the connection at once could also reset
the answer."""
MOST_NAMES = 256
"""The maximum number of names of headers whose bytes a process remembers."""


class ThreadedHandler(BaseHandler):
    """The ASGI application for HTTP. The application uses no thread while it sends a ``Stream``."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._desks = Desks()
        self._watchers: set[asyncio.Task[None]] = set()
        self._patience = SharedTimer(PATIENCE_SECONDS)
        self._listeners = Listeners()
        self._direct: dict[str, Handler] = {}
        """Views that need only their trace and their errors, by path."""
        if (view := direct_view()) is not None:
            self._direct[PATH] = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response, whole = await self._response_to(scope, receive)
        except DisconnectedError:
            return
        except NormalizedError as refusal:
            await _answer_early(_refused(scope, refusal), receive, send)
            return
        if not (whole or await _discarded(receive, DISCARDED_BYTES, DISCARD_SECONDS)):
            held_up = isinstance(response, Stream)
            await _answer_early(_refused(scope, _unwanted_body()) if held_up else response, receive, send)
        elif isinstance(response, Stream):
            if (instead := await response.begin()) is not None:
                await _answer(instead, send)
                return
            await send({"type": "http.response.start", "status": response.status_code, "headers": _headers(response)})
            await send_parts(response.parts, scope.get("state", {}), receive, send)
        else:
            await _answer(response, send)

    async def _response_to(self, scope: Scope, receive: Receive) -> tuple[HttpResponseBase, bool]:
        # A separate function, so that the body's memory is freed when it returns.
        # The first one of a repeated header counts.
        headers = dict(reversed(scope["headers"]))
        declared, path = headers.get(b"content-length"), scope["path"]
        client = (scope.get("client") or ("",))[0]
        desk = self._desks.of(path)
        if desk is self._desks.intake:
            wrong_signatures.require_welcome(path, client)
        known = lane_of(path, _text(headers.get(b"authorization")), _text(headers.get(b"cookie")))
        # A readiness check that waits for the database must not hold up the liveness check.
        lane = path if desk is self._desks.health else known
        body = await desk.bodies.read(receive, int(declared) if declared and declared.isdigit() else 0, lane)
        try:
            return await self._worked_on(scope, body, receive, desk), body.whole
        except NormalizedError as refusal:
            return _refused(scope, refusal), body.whole
        finally:
            desk.bodies.release(body)

    async def _worked_on(self, scope: Scope, body: Body, receive: Receive, desk: Desk) -> HttpResponseBase:
        work = partial(contextvars.copy_context().run, self._respond, scope, body.content)
        loop = asyncio.get_running_loop()
        # asyncio.wrap_future would create three functions and two more callbacks for each request.
        done = Resumption(loop)
        job: Future[HttpResponseBase] = desk.threads.submit(body.lane, work, partial(_call, loop, done))
        impatient = self._patience.call_later(partial(self._watch, job, body, receive))
        try:
            await done
            return job.result()
        except CancelledError:
            raise busy() from None
        except asyncio.CancelledError:
            job.cancel()
            raise
        finally:
            impatient.cancel()
            # The traceback of an exception of the job has this frame.
            del job

    def _watch(self, job: Future[HttpResponseBase], body: Body, receive: Receive) -> None:
        # An incomplete body still has messages to come. The view refuses it as soon as a thread runs it.
        if body.whole and not (job.running() or job.done()):
            watcher = asyncio.get_running_loop().create_task(_taken_out_of_line(job, receive))
            self._watchers.add(watcher)
            watcher.add_done_callback(self._watchers.discard)

    def _respond(self, scope: Scope, body: bytes) -> HttpResponseBase:
        # The signals take a database connection from the pool and return it.
        direct = self._direct.get(scope["path"])
        if direct is not None and self._listeners.are_djangos():
            try:
                return direct(request_of(scope, body))
            finally:
                close_old_connections()
        signals.request_started.send(sender=type(self), scope=scope)
        try:
            answer = direct or self.get_response
            return answer(ASGIRequest(scope, io.BytesIO(body)))
        finally:
            signals.request_finished.send(sender=type(self))


def _call(loop: asyncio.AbstractEventLoop, done: Resumption, _job: Future[HttpResponseBase]) -> None:
    with suppress(RuntimeError):  # the loop is closed: no request is waiting
        loop.call_soon_threadsafe(done.resume)


async def _taken_out_of_line(job: Future[HttpResponseBase], receive: Receive) -> None:
    # A request that a thread has started to process is processed to its end.
    with suppress(asyncio.TimeoutError):
        # After a complete body, the only further message is the disconnect.
        await asyncio.wait_for(receive(), IN_LINE_SECONDS - PATIENCE_SECONDS)
    job.cancel()


async def _discarded(receive: Receive, most: int, seconds: float) -> bool:
    async def discard() -> bool:
        left = most
        while left >= 0:
            message = await receive()
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return True
            left -= len(message.get("body", b""))
        return False

    try:
        return await asyncio.wait_for(discard(), seconds)
    except asyncio.TimeoutError:
        return False


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == wanted), None)


def _text(header: bytes | None) -> str | None:
    return header.decode("latin-1") if header else None


def _refused(scope: Scope, refusal: NormalizedError) -> HttpResponse:
    parent = _header(scope, b"traceparent")
    with tracing(from_traceparent(parent.decode("latin-1") if parent else None)) as trace:
        response = error_response(refusal)
        response["X-Trace-Id"] = trace.trace_id
        fields = {"code": refusal.code, "said": refusal.message}
        log_refusal(scope["method"], scope["path"], refusal.status, trace.trace_id, fields)
        return response


async def refuse_socket(scope: Scope, refusal: NormalizedError, receive: Receive, send: Send) -> None:
    """Refuse a new WebSocket with an HTTP answer."""
    await receive()
    response = _refused({**scope, "method": "GET"}, refusal)
    await send({"type": "websocket.http.response.start", "status": response.status_code, "headers": _headers(response)})
    await send({"type": "websocket.http.response.body", "body": response.content})


def _unwanted_body() -> NormalizedError:
    return NormalizedError(
        "PAYLOAD_TOO_LARGE", "The body of this GET request is too large. Send the request without a body."
    )


@lru_cache(MOST_NAMES)
def _name(name: str) -> bytes:
    return name.lower().encode("latin-1")


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(_name(name), value.encode("latin-1")) for name, value in response.items()]
    if response.cookies:
        headers.extend((b"set-cookie", cookie.OutputString().encode("latin-1")) for cookie in response.cookies.values())
    return headers


async def _answer_early(response: HttpResponseBase, receive: Receive, send: Send) -> None:
    await _answer(response, send, early=True)
    await _discarded(receive, DISCARDED_BYTES, LINGER_SECONDS)
    await send({"type": "http.response.body", "body": b""})


async def _answer(response: HttpResponseBase, send: Send, *, early: bool = False) -> None:
    headers = _headers(response)
    content: bytes = response.content  # type: ignore[attr-defined] # django-stubs' HttpResponseBase has no content
    if not response.has_header("Content-Length"):
        headers.append((b"content-length", b"%d" % len(content)))
    if early:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": early})
