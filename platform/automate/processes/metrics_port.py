"""Serves ``GET /metrics`` of one process on a separate port. The web process serves no metrics on its public port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from automate.kernel.errors import NormalizedError
from automate.kernel.metrics import REGISTRY
from automate.project.metrics_bind import Bind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

MOST_TENANTS = 20
"""The maximum number of tenants in one request."""
SILENCE_SECONDS = 5.0
"""After this time without data from a client, the server closes the connection and frees its thread."""

OfTenants = Callable[[Sequence[str]], CollectorRegistry]
"""Reads the metrics of the tenants with these slugs. Raises NormalizedError NOT_FOUND for an unknown slug."""


class _Server4(ThreadingWSGIServer):
    def server_bind(self) -> None:
        # The base class looks up the host's name, which may take long.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _Server6(_Server4):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = SILENCE_SECONDS

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Do nothing, because scrapes of the metrics are not logged."""


def serve(bind: Bind | None, of_tenants: OfTenants | None = None) -> int | None:
    """Serve the metrics of this process from a thread, and return the port.

    Returns None if ``bind`` is None, or if the port cannot be bound.
    """
    if bind is None:
        return None
    kind = _Server6 if ":" in bind.host else _Server4
    try:
        server = make_server(bind.host, bind.port, _application(of_tenants), kind, _Handler)
    except OSError as error:
        log.warning(
            "no metrics: AUTOMATE_METRICS_BIND cannot be bound", host=bind.host, port=bind.port, error=str(error)
        )
        return None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    log.info("metrics served", host=bind.host, port=server.server_port)
    return server.server_port


def _application(of_tenants: OfTenants | None) -> WSGIApplication:
    whole = make_wsgi_app(REGISTRY)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        slugs = parse_qs(environ.get("QUERY_STRING", "")).get("tenant", [])
        if environ["PATH_INFO"] != "/metrics":
            return _plain(start_response, "404 Not Found", "Metrics are at /metrics.")
        if not slugs:
            return list(whole(environ, start_response))
        if of_tenants is None or len(slugs) > MOST_TENANTS:
            return _plain(
                start_response,
                "400 Bad Request",
                f"Only the relay supports ?tenant=SLUG, for up to {MOST_TENANTS} tenants.",
            )
        try:
            registry = of_tenants(slugs)
        except NormalizedError as error:
            return _plain(start_response, f"{error.status} {error.code}", error.message)
        return list(make_wsgi_app(registry)(environ, start_response))

    return answer


def _plain(start_response: StartResponse, status: str, text: str) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{text}\n".encode()]
