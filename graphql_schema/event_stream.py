"""GraphQL over server-sent events at ``/graphql/stream`` and ``/t/<tenant>/graphql/stream``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from graphql import OperationType

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.trace import Trace, current_trace, tracing
from automate.serving.streaming import Stream
from graphql_schema.answering import answer_to
from graphql_schema.answers import COMPLETE, NEXT, answers, messages
from graphql_schema.errors import RefusedAnswer, count_errors, refused
from graphql_schema.execution import InvalidDocument
from graphql_schema.feeds.batches import FeedBatch
from graphql_schema.json_text import dumps
from graphql_schema.views import ExecutableRequest, asked_by, liking, refusal

OF_THE_DOCUMENT = frozenset({"GRAPHQL_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED"})
"""Codes of errors that are sent as events, because the graphql-sse protocol asks for it."""
EVENT_STREAM = "text/event-stream"
_TAKEN = (EVENT_STREAM, "text/*", "*/*", "")
KEEPALIVE = b":\n\n"
"""A comment in the event stream. The first one shows browsers at once that the stream has begun."""
KEEPALIVE_SECONDS = 12.0
"""Seconds between two comments on an idle stream. Many proxies close silent connections after 30 to 60 seconds."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Headers that forbid proxies to store or buffer the stream. The second header is for nginx."""


def stream(request: HttpRequest, **_path: str) -> HttpResponseBase:
    """Serve POST requests that have a JSON body. Serve GET requests for queries and subscriptions."""
    try:
        _require_accepted(request)
        asked = asked_by(request)
        if asked.operation.kind is OperationType.SUBSCRIPTION:
            return Stream(
                _parts(asked, current_trace()), content_type=f"{EVENT_STREAM}; charset=utf-8", headers=_HEADERS
            )
        answer = answer_to(asked.credential, asked.operation, asked.caller)
        count_errors(answer.errors)
        return _whole(Encoded(answer.content))
    except InvalidDocument as invalid:
        return _refused(invalid.answer)
    except (NormalizedError, OperationalError, InterfaceError) as raised:
        if isinstance(raised, NormalizedError) and raised.code in OF_THE_DOCUMENT:
            return _refused(refused(raised))
        return refusal(request, raised)


def _require_accepted(request: HttpRequest) -> None:
    # Raises NOT_ACCEPTABLE.
    liked = liking(request.headers.get("Accept", ""))
    if not any(liked.get(name, -1) > 0 for name in _TAKEN):
        raise NormalizedError(
            "NOT_ACCEPTABLE",
            "This URL answers only with an event stream. Send the header `Accept: text/event-stream`, or use /graphql.",
        )


def _refused(answer: RefusedAnswer) -> HttpResponse:
    count_errors(answer["errors"])
    return _whole(answer)


def _whole(answer: object) -> HttpResponse:
    content = _event(NEXT, answer) + _event(COMPLETE)
    return HttpResponse(content, content_type=f"{EVENT_STREAM}; charset=utf-8", headers=_HEADERS)


def _event(kind: str, content: object = None) -> bytes:
    # EventSource ignores events without a data line, so `complete` has an empty data line.
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), b"" if kind == COMPLETE else dumps(content))


async def _parts(asked: ExecutableRequest, trace: Trace) -> AsyncGenerator[bytes, None]:
    # A comment whenever the stream was idle.
    yield KEEPALIVE
    with tracing(trace):
        found = messages(answers(asked.credential, asked.operation, asked.caller))
        upcoming = asyncio.ensure_future(anext(found))
        try:
            while True:
                await asyncio.wait({upcoming}, timeout=KEEPALIVE_SECONDS)
                if not upcoming.done():
                    yield KEEPALIVE
                    continue
                kind, content = upcoming.result()
                if kind == COMPLETE:
                    break
                if kind != NEXT:
                    yield _event(NEXT, {"errors": content})
                    break
                yield content.events() if isinstance(content, FeedBatch) else _event(NEXT, content)
                upcoming = asyncio.ensure_future(anext(found))
            yield _event(COMPLETE)
        finally:
            while not upcoming.done():
                # More than once: until Python 3.12 asyncio.wait_for could swallow a cancellation.
                upcoming.cancel()
                await asyncio.wait({upcoming}, timeout=1)
            await found.aclose()
