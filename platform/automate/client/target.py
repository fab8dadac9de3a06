"""Which installation a client speaks to, and as whom: from the environment, or from what ``automate up`` wrote."""

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
class Target:
    """graphql, graphql_ws: URLs of the API. tenant: its slug, empty where only the token knows."""

    graphql: str
    graphql_ws: str
    token: str
    tenant: str = ""

    @property
    def server(self) -> str:
        """What people are shown: scheme, host and port."""
        parts = urlsplit(self.graphql)
        return f"{parts.scheme}://{parts.netloc}"


def is_loopback(url: str) -> bool:
    """Proxies of the environment are for the outside, not for this machine."""
    return urlsplit(url).hostname in LOOPBACK_HOSTS


def target_of(environ: Mapping[str, str], tenant: str = "") -> Target:
    """``AUTOMATE_URL`` and ``AUTOMATE_TOKEN``, or else ``up.json``. tenant: a slug of ``up.json``, by default its first.

    Raises BAD_USER_INPUT for half a setting or an unknown tenant, UNAVAILABLE when nothing says where to go.
    """
    url, token = environ.get("AUTOMATE_URL", ""), environ.get("AUTOMATE_TOKEN", "")
    if not url and not token:
        return _of_up_file(environ, tenant)
    if not url or not token:
        missing = "AUTOMATE_TOKEN" if url else "AUTOMATE_URL"
        raise NormalizedError(
            "BAD_USER_INPUT", f"{missing} is missing: set AUTOMATE_URL and AUTOMATE_TOKEN, or neither."
        )
    if not (token.isascii() and token.isprintable()):
        raise NormalizedError("BAD_USER_INPUT", "AUTOMATE_TOKEN has characters that no token has; copy it anew.")
    if tenant:
        raise NormalizedError("BAD_USER_INPUT", "AUTOMATE_TOKEN alone picks the tenant; leave --tenant out.")
    return _of_url(url, token)


def _of_url(url: str, token: str) -> Target:
    parts = parts_of("AUTOMATE_URL", url, HTTP)
    if not parts.hostname:
        raise NormalizedError("BAD_USER_INPUT", "AUTOMATE_URL names no host, such as http://127.0.0.1:8000")
    path = parts.path.rstrip("/").removesuffix("/graphql") + "/graphql"
    http = parts._replace(path=path, query="", fragment="")
    socket = http._replace(scheme="wss" if parts.scheme == "https" else "ws")
    return Target(http.geturl(), socket.geturl(), token)


def _of_up_file(environ: Mapping[str, str], tenant: str) -> Target:
    home = home_of(environ)
    up = upfile.read(home)
    if up is None:
        message = (
            f"Nothing is running here: there is no {home / upfile.NAME}. Start it with `make up` in another terminal, "
            "or set AUTOMATE_URL and AUTOMATE_TOKEN."
        )
        raise NormalizedError("UNAVAILABLE", message)
    slug = tenant or up["tenant"]
    if slug not in up["tenants"]:
        known = ", ".join(sorted(up["tenants"]))
        message = f"There is no token for the tenant {slug!r} in {home / upfile.NAME}; it has {known}."
        raise NormalizedError("BAD_USER_INPUT", message)
    return Target(up["graphql"], up["graphql_ws"], up["tenants"][slug]["token"], slug)
