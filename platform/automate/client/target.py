"""The server and the token of a client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from automate.devserver import upfile
from automate.kernel.errors import NormalizedError
from automate.project.home import home_of
from automate.project.locations import HTTP, parts_of

LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class ServerTarget:
    """The server to which a client sends requests, and the token of these requests."""

    graphql: str
    """The URL of the API."""
    graphql_ws: str
    """The URL of the API's WebSocket."""
    token: str
    tenant: str = ""
    """The slug; empty if only the token determines the tenant."""

    @property
    def server(self) -> str:
        """The scheme, host and port of the API's URL."""
        parts = urlsplit(self.graphql)
        return f"{parts.scheme}://{parts.netloc}"


def is_loopback(url: str) -> bool:
    """Return whether the host of a URL is this machine. Requests to this machine use no proxy."""
    return urlsplit(url).hostname in LOOPBACK_HOSTS


def target_of(environ: Mapping[str, str], tenant: str = "") -> ServerTarget:
    """Return the server and token from ``AUTOMATE_URL`` and ``AUTOMATE_TOKEN``, or else from ``up.json``.

    Raises BAD_USER_INPUT if one variable is missing or the tenant is unknown. Raises UNAVAILABLE if neither the
    variables nor the file exist.
    """
    url, token = environ.get("AUTOMATE_URL", ""), environ.get("AUTOMATE_TOKEN", "")
    if not url and not token:
        return _of_up_file(environ, tenant)
    if not url or not token:
        missing = "AUTOMATE_TOKEN" if url else "AUTOMATE_URL"
        raise NormalizedError(
            "BAD_USER_INPUT", f"{missing} is missing. Set both AUTOMATE_URL and AUTOMATE_TOKEN, or neither."
        )
    if not (token.isascii() and token.isprintable()):
        raise NormalizedError(
            "BAD_USER_INPUT", "AUTOMATE_TOKEN has characters that are not part of any token. Copy the token again."
        )
    if tenant:
        raise NormalizedError("BAD_USER_INPUT", "AUTOMATE_TOKEN already determines the tenant. Remove --tenant.")
    return _of_url(url, token)


def _of_url(url: str, token: str) -> ServerTarget:
    parts = parts_of("AUTOMATE_URL", url, HTTP)
    if not parts.hostname:
        raise NormalizedError(
            "BAD_USER_INPUT", "AUTOMATE_URL has no host. Set it to a URL such as http://127.0.0.1:8000"
        )
    path = parts.path.rstrip("/").removesuffix("/graphql") + "/graphql"
    http = parts._replace(path=path, query="", fragment="")
    socket = http._replace(scheme="wss" if parts.scheme == "https" else "ws")
    return ServerTarget(http.geturl(), socket.geturl(), token)


def _of_up_file(environ: Mapping[str, str], tenant: str) -> ServerTarget:
    home = home_of(environ)
    up = upfile.read(home)
    if up is None:
        message = (
            f"No installation runs here: {home / upfile.NAME} does not exist. Start it with `make up` in another terminal, "
            "or set AUTOMATE_URL and AUTOMATE_TOKEN."
        )
        raise NormalizedError("UNAVAILABLE", message)
    slug = tenant or up["tenant"]
    if slug not in up["tenants"]:
        known = ", ".join(sorted(up["tenants"]))
        message = f"The tenant {slug!r} has no token in {home / upfile.NAME}; the file has {known}."
        raise NormalizedError("BAD_USER_INPUT", message)
    return ServerTarget(up["graphql"], up["graphql_ws"], up["tenants"][slug]["token"], slug)
