"""Where a web process of this machine is asked, and whether it is ready. Standard library only: health checks pay for it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping

ANSWER_SECONDS = 3.0
LOOPBACK = "127.0.0.1"
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}  # noqa: S104 - where one listens is not where one asks
DEFAULT_HOSTS = (LOOPBACK, "localhost", "[::1]")
"""The Host headers that web answers where AUTOMATE_ALLOWED_HOSTS does not say."""


def host_of(environ: Mapping[str, str]) -> str:
    """The address at which what listens on AUTOMATE_HOST is reached from this machine."""
    host = environ.get("AUTOMATE_HOST", "").strip("[]")
    return EVERYWHERE.get(host, host)


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def trouble_of_web(host: str, port: int, allowed_hosts: str) -> str:
    """Why web is not ready, in a sentence; empty when it is. allowed_hosts: AUTOMATE_ALLOWED_HOSTS."""
    where = f"web at {in_url(host)}:{port}"
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": _allowed_host(allowed_hosts)})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{where} does not answer: {error}"
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.OK:
        return ""
    try:
        said = json.loads(body)["status"]
    except (ValueError, KeyError, TypeError):
        said = f"status {answer.status}"
    return f"{where} is not ready: {said}"


def _allowed_host(allowed_hosts: str) -> str:
    """A name that web answers to: its own address need not be one."""
    first = allowed_hosts.split(",", maxsplit=1)[0].strip().lstrip(".")
    return LOOPBACK if first in {"", "*"} else first
