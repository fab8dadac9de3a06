"""Finds out whether the web process is ready, and at which address. Imports the standard library only."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Mapping
from pathlib import Path

ANSWER_SECONDS = 3.0
LOOPBACK = "127.0.0.1"
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}  # noqa: S104 - where one listens is not where one asks
DEFAULT_HOSTS = (LOOPBACK, "localhost", "[::1]")
"""The Host headers that the web process accepts without AUTOMATE_ALLOWED_HOSTS."""


def host_of(environ: Mapping[str, str]) -> str:
    """Return the address at which programs on this machine reach the web process."""
    host = environ.get("AUTOMATE_HOST", "").strip("[]")
    return EVERYWHERE.get(host, host)


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def installation_of(home: Path) -> str:
    """Return the identity of a home: a hash of its path."""
    return hashlib.sha256(str(home.resolve()).encode(errors="surrogateescape")).hexdigest()[:32]


def trouble_of_web(host: str, port: int, allowed_hosts: str, home: Path) -> str:
    """Return the reason why the web process is not ready. If the process is ready, return "".

    ``home`` is the AUTOMATE_HOME of the web process.
    """
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
    try:
        said = json.loads(body)
        status, installation = said["status"], said["installation"]
    except (ValueError, KeyError, TypeError):
        status, installation = f"status {answer.status}", ""
    if installation != installation_of(home):
        return (
            f"the program that answered {answer.status} at {in_url(host)}:{port} is not web of {home}: "
            "another program uses the port, or web runs with another AUTOMATE_HOME"
        )
    return "" if answer.status == http.HTTPStatus.OK else f"{where} is not ready: {status}"


def _allowed_host(allowed_hosts: str) -> str:
    # The address of the web process itself may be missing from `allowed_hosts`.
    first = allowed_hosts.split(",", maxsplit=1)[0].strip().lstrip(".")
    return LOOPBACK if first in {"", "*"} else first
