"""A tenant's allow-list: the inside addresses, and the unusual ports, that an operator lets its steps reach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from actors.connectors.base import ConnectorError
from actors.connectors.guard.addresses import Address, inside_kind, unmapped
from actors.connectors.guard.failures import BLOCKED
from automate.kernel.inside import WANTED, HostAndPort, Network, read_inside

_NEVER_BY_NAME = frozenset({"unspecified", "link-local", "cloud metadata", "multicast"})
"""Whoever controls a name's DNS must not gain these through an entry for the name: they take a network entry."""


@dataclass(frozen=True)
class AllowList:
    """networks: from CIDR entries. hosts: (host or address, port) from ``host:port`` entries."""

    networks: tuple[Network, ...]
    hosts: frozenset[HostAndPort]

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
    read = [_read(entry) for entry in entries]
    return AllowList(
        tuple(one for one in read if not isinstance(one, tuple)),
        frozenset(one for one in read if isinstance(one, tuple)),
    )


def _read(entry: str) -> Network | HostAndPort:
    try:
        return read_inside(entry)
    except ValueError:
        raise ConnectorError.of(
            BLOCKED,
            f"The tenant's allow-list holds {entry!r}, which is not {WANTED}; "
            "set its allowedNetworks anew with upsertTenants.",
        ) from None
