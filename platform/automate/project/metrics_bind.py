"""The address of a process's metrics, from AUTOMATE_METRICS_BIND."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Bind:
    """host: an IP address. port: 0 lets the kernel choose one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Bind | None:
        """Parse ``host:port``, with an IPv6 address in brackets. None for an empty text, which switches metrics off.

        Raises ImproperlyConfigured for any other text.
        """
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
