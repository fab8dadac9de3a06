"""A tenant's allow-list: the internal addresses and the unusual ports that the tenant's steps are allowed to reach."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from actors.connectors.base import ConnectorError
from actors.connectors.guard.addresses import Address, inside_kind, unmapped
from actors.connectors.guard.failures import BLOCKED
from automate.kernel.inside import WANTED, HostAndPort, Network, read_inside

_NEVER_BY_NAME = frozenset({"unspecified", "link-local", "cloud metadata", "multicast"})
"""An entry ``name:port`` does not allow addresses of these kinds, because an attacker can control the name's DNS. A
CIDR or an entry ``address:port`` allows them."""


@dataclass(frozen=True)
class AllowList:
    """A tenant's parsed allow-list."""

    networks: tuple[Network, ...]
    """The networks of CIDR entries."""
    hosts: frozenset[HostAndPort]
    """The (host or address, port) pairs of ``host:port`` entries."""

    def permits(self, host: str, port: int, address: Address) -> bool:
        """Return whether the allow-list permits an internal address."""
        meant = unmapped(address)
        if any(address in network or meant in network for network in self.networks) or (str(meant), port) in self.hosts:
            return True
        return (host, port) in self.hosts and inside_kind(meant) not in _NEVER_BY_NAME

    def names_port(self, host: str, port: int, address: Address) -> bool:
        """Return whether an entry of the allow-list names this port."""
        return (host, port) in self.hosts or (str(unmapped(address)), port) in self.hosts


@lru_cache(maxsize=1024)
def parse_allow_list(entries: tuple[str, ...]) -> AllowList:
    """Parse the entries of an allow-list.

    Raises ConnectorError for an entry that is not valid.
    """
    # An entry is a CIDR, an address or `host:port`.
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
            f"The tenant's allow-list contains {entry!r}, which is not {WANTED}. "
            "Correct the tenant's allowedNetworks with upsertTenants.",
        ) from None
