"""Free ports of this machine."""

from __future__ import annotations

import errno
import os
import socket

from automate.project.reaching import LOOPBACK


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on the port of an address of this machine now.

    Raises OSError for a host that is not an address of this machine.
    """
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
    """A port that is free now and is not web's port.

    Another program may use the port first, so callers must retry.
    """
    webs = os.environ.get("AUTOMATE_PORT", "")
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if str(port) != webs:
            return port
