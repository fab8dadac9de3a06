"""Finds free ports of this machine."""

from __future__ import annotations

import errno
import os
import socket

from automate.project.reaching import LOOPBACK


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Return whether a server could listen on a port. Raises OSError if the host is not an address of this machine."""
    ((family, kind, _, _, address), *_others) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise
            return False
    return True


def free_port() -> int:
    """Return a free port that is not the port of the web process.

    Another program can take the port before the caller uses it. The caller must then retry with another port.
    """
    webs = os.environ.get("AUTOMATE_PORT", "")
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if str(port) != webs:
            return port
