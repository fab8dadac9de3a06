"""Django's synchronous handler behind ASGI: one hop to a pooled thread for each request.

Django's own ASGI handler starts a thread for each request and hops to it several times, which costs more than our
views do, and spools a body of any size to disk before a view can refuse it. Here the body is bounded while it comes in.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpResponseBase

from automate.kernel.errors import NormalizedError
from automate.project.middleware import error_response

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Above every limit that a view has, so that the view's own refusal is the one that is read."""


class _DisconnectedError(Exception):
    """The client went away before its request was whole."""


class ThreadedHandler(BaseHandler):
    """An ASGI application for HTTP. Answers are whole, not streamed; streams have applications of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="http")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            body = await _read(receive)
        except RequestDataTooBig:
            error = NormalizedError(
                "PAYLOAD_TOO_LARGE", f"A request's body has at most {MAX_BODY_BYTES} bytes; this one is larger."
            )
            await _answer(error_response(error), send, close=True)
            return
        except _DisconnectedError:
            return
        loop = asyncio.get_running_loop()
        run = contextvars.copy_context().run
        await _answer(await loop.run_in_executor(self._threads, run, self._respond, scope, body), send)

    def _respond(self, scope: Message, body: bytes) -> HttpResponseBase:
        """In a pooled thread: the signals around the view take a connection from the pool and give it back."""
        signals.request_started.send(sender=type(self), scope=scope)
        try:
            return self.get_response(ASGIRequest(scope, io.BytesIO(body)))
        finally:
            signals.request_finished.send(sender=type(self))


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _DisconnectedError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise RequestDataTooBig
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _answer(response: HttpResponseBase, send: Send, *, close: bool = False) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    headers.extend((b"set-cookie", cookie.OutputString().encode("latin-1")) for cookie in response.cookies.values())
    content: bytes = response.content  # type: ignore[attr-defined]
    if not response.has_header("Content-Length"):
        headers.append((b"content-length", b"%d" % len(content)))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": content})
