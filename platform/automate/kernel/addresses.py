"""Networks and addresses of clients. This module imports no Django."""

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
    """Return the network of an IPv6 address. Return an IPv4 address unchanged."""
    parsed = read_address(address)
    if parsed is None:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.IPv6Address(int(parsed) >> (128 - IPV6_PREFIX) << (128 - IPV6_PREFIX)))


def read_address(text: str) -> Address | None:
    """Parse an IP address. Return None for other text. An IPv6 address that maps an IPv4 address becomes IPv4."""
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def read_network(text: str) -> Network:
    """Parse a network such as 10.0.0.0/8, or an address.

    Raises ValueError for other text, also for a network with host bits such as 10.0.0.1/8.
    """
    return ipaddress.ip_network(text)


def is_within(address: str, networks: Sequence[str]) -> bool:
    """Return whether an address lies in one of the networks."""
    parsed = read_address(address)
    return parsed is not None and any(parsed in read_network(network) for network in networks)


def is_part_of(inner: Network, networks: Sequence[str]) -> bool:
    """Return whether the network ``inner`` lies within one of ``networks``."""
    found = [read_network(network) for network in networks]
    return any(inner.version == outer.version and inner.subnet_of(outer) for outer in found)  # type: ignore[arg-type] # both have one version, which mypy does not see
