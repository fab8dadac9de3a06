"""Parses the entries of a tenant's allow-list."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network
HostAndPort = tuple[str, int]

WANTED = "a network such as 10.0.0.0/8, an address, or host:port with a port up to 65535"
_HOST_AND_PORT = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+)):([0-9]{1,5})", re.IGNORECASE)
_LAST_PORT = 65535


def read_inside(entry: str) -> Network | HostAndPort:
    """Parse a CIDR, an address, or ``host:port``. Raises ValueError for other text."""
    match = _HOST_AND_PORT.fullmatch(entry)
    if match is None:
        return ip_network(entry, strict=False)
    port = int(match[3])
    if not 0 < port <= _LAST_PORT:
        raise ValueError(entry)
    return (match[1] or match[2]).lower().removesuffix("."), port
