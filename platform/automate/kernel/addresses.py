"""Find the network of a client's address, and check whether a network contains an address.

This module imports no Django.
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Sequence

REMEMBERED = 4_096
IPV6_PREFIX = 64
"""One customer of a provider has all addresses of such a network."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@functools.lru_cache(REMEMBERED)
def network_of(address: str) -> str:
    """The part of a client's address that identifies the client.

    An IPv4 address is returned unchanged, an IPv6 address as its network. Other text is returned unchanged.
    """
    parsed = read_address(address)
    if parsed is None:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.IPv6Address(int(parsed) >> (128 - IPV6_PREFIX) << (128 - IPV6_PREFIX)))


def read_address(text: str) -> Address | None:
    """Parse an IP address and drop its IPv6 zone. Returns None for text that is not an address.

    An IPv4 address that is mapped into IPv6 becomes an IPv4 address.
    """
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def read_network(text: str) -> Network:
    """Parse a network such as 10.0.0.0/8, or a single address.

    Raises ValueError for other text, also for a network with host bits such as 10.0.0.1/8.
    """
    return ipaddress.ip_network(text)


def is_within(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks. False for text that is not an address."""
    parsed = read_address(address)
    return parsed is not None and any(parsed in read_network(network) for network in networks)


def is_part_of(inner: Network, networks: Sequence[str]) -> bool:
    """Whether all addresses of a network lie in one of the networks."""
    found = [read_network(network) for network in networks]
    return any(inner.version == outer.version and inner.subnet_of(outer) for outer in found)  # type: ignore[arg-type]
