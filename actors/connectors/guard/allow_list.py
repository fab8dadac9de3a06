"""A tenant's allow-list: the inside addresses, and the unusual ports, that an operator lets its steps reach."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from actors.connectors.base import ConnectorError
from actors.connectors.guard.addresses import Address, inside_kind, unmapped

_HOST_AND_PORT = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+)):([0-9]{1,5})", re.IGNORECASE)
_NEVER_BY_NAME = frozenset({"unspecified", "link-local", "cloud metadata", "multicast"})
"""Whoever controls a name's DNS must not gain these through an entry for the name: they take a network entry."""


@dataclass(frozen=True)
class AllowList:
    """networks: from CIDR entries. hosts: (host or address, port) from ``host:port`` entries."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    hosts: frozenset[tuple[str, int]]

    def permits(self, host: str, port: int, address: Address) -> bool:
        """Whether an inside address may be reached. An IPv4-mapped address is also judged as the IPv4 that it means."""
        meant = unmapped(address)
        if any(address in network or meant in network for network in self.networks) or (str(meant), port) in self.hosts:
            return True
        return (host, port) in self.hosts and inside_kind(meant) not in _NEVER_BY_NAME

    def names_port(self, host: str, port: int, address: Address) -> bool:
        """Whether an entry names this very port; a network entry does not open unusual ports."""
        return (host, port) in self.hosts or (str(unmapped(address)), port) in self.hosts


@lru_cache(maxsize=1024)
def parse_allow_list(entries: tuple[str, ...]) -> AllowList:
    """Each entry a CIDR, an address, or ``host:port``. ConnectorError where one is neither: a typo must be seen."""
    networks: list[IPv4Network | IPv6Network] = []
    hosts: set[tuple[str, int]] = set()
    for entry in entries:
        match = _HOST_AND_PORT.fullmatch(entry)
        if match is None:
            networks.append(_network(entry))
        else:
            hosts.add(((match[1] or match[2]).lower().removesuffix("."), int(match[3])))
    return AllowList(tuple(networks), frozenset(hosts))


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        raise ConnectorError(
            "CONNECTOR_BLOCKED",
            f"The tenant's allow-list holds {entry!r}, which is neither a network such as 10.0.0.0/8 nor host:port; "
            "ask an operator to mend it.",
        ) from None
