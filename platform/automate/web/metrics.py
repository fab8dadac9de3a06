"""Counts the answers of the web process, and measures how long they take."""

from __future__ import annotations

import functools
import time

from prometheus_client import Counter, Gauge, Histogram
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


@functools.cache
def _of_route(route: str) -> tuple[Histogram, Gauge]:
    # Cached, because finding a label takes longer than counting.
    return REQUEST_SECONDS.labels(route), REQUESTS_IN_FLIGHT.labels(route)


@functools.cache
def _of_status(route: str, status: int) -> Counter:
    return REQUESTS.labels(route, status)


async def _request(application: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    route, began = route_of(scope["path"]), time.perf_counter()
    seconds, in_flight = _of_route(route)

    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            seconds.observe(time.perf_counter() - began)
            _of_status(route, message["status"]).inc()
        await send(message)

    in_flight.inc()
    try:
        await application(scope, receive, note)
    finally:
        in_flight.dec()
