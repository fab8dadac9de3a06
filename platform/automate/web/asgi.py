"""The ASGI application: HTTP, and GraphQL over WebSockets."""

from __future__ import annotations

import asyncio
import os
import re

import django
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from starlette.types import ASGIApp, Receive, Scope, Send

from automate.kernel.errors import NormalizedError
from automate.kernel.last_writes import write_all
from automate.processes.garbage import freeze_imported
from automate.processes.metrics_port import serve
from automate.project import logs
from automate.serving.streaming import ENDING
from automate.web.metrics import measured
from automate.web.pace import ConnectionPace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
# Before any failure: by default structlog shows the local variables of a traceback.
logs.log_unless_configured("web")
django.setup(set_prefix=False)

from automate.web.http import ThreadedHandler, refuse_socket  # noqa: E402 - Django is ready now
from graphql_schema import websocket  # noqa: E402 - the same

_http = ThreadedHandler()
_pace = ConnectionPace()
WEBSOCKET_PATHS = re.compile(r"(/t/[^/]+)?/graphql")
_STATIC_URL: str = settings.STATIC_URL
_files: list[ASGIApp] = []
"""The application for static files, created for their first request."""


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(scope, receive, send)
    elif scope["type"] == "websocket":
        await _socket(scope, receive, send)
    elif scope["path"].startswith(_STATIC_URL):
        await _static(scope, receive, send)
    else:
        await _http(scope, receive, send)


application = measured(_application)


async def _static(scope: Scope, receive: Receive, send: Send) -> None:
    if not _files:
        from tenants.portal import static_files  # noqa: PLC0415 - for the first request of a file

        _files.append(static_files.application(_http))
    await _files[0](scope, receive, send)


async def _socket(scope: Scope, receive: Receive, send: Send) -> None:
    # Opening a WebSocket costs the server much work and the client none.
    if WEBSOCKET_PATHS.fullmatch(scope["path"]) is None or not _host_is_ours(scope):
        await _refuse(scope, receive, send)
        return
    try:
        await _pace.turn((scope.get("client") or ("",))[0])
    except NormalizedError as refusal:
        await refuse_socket(scope, refusal, receive, send)
        return
    await websocket.application(scope, receive, send)


def _host_is_ours(scope: Scope) -> bool:
    # Django checks this header only for HTTP requests.
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


async def _lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    # At the stop, remaining counts are written before the connection pool closes.
    scope.get("state", {})[ENDING] = asyncio.Event()
    serve(settings.METRICS_BIND)
    freeze_imported()
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await asyncio.to_thread(write_all)
    await send({"type": "lifespan.shutdown.complete"})


async def _refuse(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4404})
