"""The address of the metrics server, from AUTOMATE_METRICS_BIND."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Bind:
    """The address and port of a server."""

    host: str
    """An IP address."""
    port: int
    """0 lets the kernel choose one."""

    @classmethod
    def parse(cls, text: str) -> Bind | None:
        """Parse ``host:port``. Returns None for an empty text. Raises ImproperlyConfigured for any other text."""
        if not text:
            return None
        host, _, port = text.rpartition(":")
        try:
            address = str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
        except ValueError:
            address = ""
        if not address or not (port.isascii() and port.isdecimal() and int(port) <= HIGHEST_PORT):
            raise ImproperlyConfigured(
                "AUTOMATE_METRICS_BIND must be an IP address and a port, such as 127.0.0.1:9464, or empty for no "
                f"metrics; it is {text!r}"
            )
        return cls(address, int(port))
