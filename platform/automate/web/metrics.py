"""Counts the answers of the web process, and measures how long they take."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automate.kernel.metrics import REQUEST_SECONDS, REQUESTS, REQUESTS_IN_FLIGHT, SOCKETS

KNOWN = frozenset({"/graphql", "/graphql/stream", "/healthz", "/readyz"})
TENANT_ROUTES = frozenset({"hooks", "approvals"})
TENANT_PARTS = 4
"""A path ``/t/<tenant>/<route>/…`` has more parts than this, if it is split at slashes."""


def route_of(path: str) -> str:
    # The number of routes is small, even if clients request many paths.
    if path in KNOWN:
        return path
    parts = path.split("/")
    if len(parts) > TENANT_PARTS and parts[1] == "t" and parts[3] in TENANT_ROUTES:
        return f"/t/<tenant>/{parts[3]}"
    return "other"


def measured(application: ASGIApp) -> ASGIApp:
    """Wrap an ASGI application to measure its requests."""

    async def measure(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _request(application, scope, receive, send)
        elif scope["type"] == "websocket":
            with SOCKETS.track_inprogress():
                await application(scope, receive, send)
        else:
            await application(scope, receive, send)

    return measure


@dataclass
class _Route:
    seconds: Histogram
    in_flight: int = 0
    """Changed only by the event loop, so no lock is needed."""


@functools.cache
def _of_route(route: str) -> _Route:
    # Cached, because finding a label takes longer than counting.
    found = _Route(REQUEST_SECONDS.labels(route))
    REQUESTS_IN_FLIGHT.labels(route).set_function(lambda: found.in_flight)
    return found


@functools.cache
def _of_status(route: str, status: int) -> Counter:
    return REQUESTS.labels(route, status)


async def _request(application: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    route, began = route_of(scope["path"]), time.perf_counter()
    counted = _of_route(route)

    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            counted.seconds.observe(time.perf_counter() - began)
            _of_status(route, message["status"]).inc()
        await send(message)

    counted.in_flight += 1
    try:
        await application(scope, receive, note)
    finally:
        counted.in_flight -= 1
