"""Internal addresses, such as loopback and private addresses. The list follows IANA's registries for IPv4 and IPv6.

Python's ``ipaddress.is_global`` is not used, because its result depends on the version of Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_IPV4: Mapping[str, tuple[str, ...]] = {
    "unspecified": ("0.0.0.0/8",),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "carrier-grade NAT": ("100.64.0.0/10",),
    "loopback": ("127.0.0.0/8",),
    "link-local": ("169.254.0.0/16",),
    "cloud metadata": ("168.63.129.16/32",),  # public by number, but used inside Azure only
    "protocol": ("192.0.0.0/24", "192.88.99.0/24"),
    "documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
    "benchmark": ("198.18.0.0/15",),
    "multicast": ("224.0.0.0/4",),
    "reserved": ("240.0.0.0/4",),
}

_IPV6: Mapping[str, tuple[str, ...]] = {
    "unspecified": ("::/128",),
    "loopback": ("::1/128",),
    "IPv4-mapped": ("::ffff:0:0/96",),
    "IPv4-translated": ("::ffff:0:0:0/96",),
    "IPv4-compatible": ("::/96",),
    "NAT64": ("64:ff9b::/96", "64:ff9b:1::/48"),
    "discard": ("100::/64",),
    "Teredo": ("2001::/32",),
    "benchmark": ("2001:2::/48",),
    "protocol": ("2001::/23",),
    "documentation": ("2001:db8::/32", "3fff::/20"),
    "6to4": ("2002::/16",),
    "unique-local": ("fc00::/7",),
    "link-local": ("fe80::/10",),
    "site-local": ("fec0::/10",),
    "multicast": ("ff00::/8",),
}

_IPV4_KINDS = tuple((kind, IPv4Network(text)) for kind, texts in _IPV4.items() for text in texts)
_IPV6_KINDS = tuple((kind, IPv6Network(text)) for kind, texts in _IPV6.items() for text in texts)
_IPV6_GLOBAL_UNICAST = IPv6Network("2000::/3")
_ISATAP_INTERFACES = (0x0000_5EFE, 0x0200_5EFE)


def parse_address(text: str) -> Address:
    # Drops the zone of an IPv6 literal. Raises ValueError.
    return ip_address(text.partition("%")[0])


def unmapped(address: Address) -> Address:
    # An IPv4-mapped IPv6 address becomes its IPv4 address, as in the kernel.
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=4096)
def inside_kind(address: Address) -> str | None:
    # Such as "loopback" or "NAT64". None for an ordinary public address.
    if isinstance(address, IPv4Address):
        return next((kind for kind, network in _IPV4_KINDS if address in network), None)
    for kind, network in _IPV6_KINDS:
        if address in network:
            return kind
    if address not in _IPV6_GLOBAL_UNICAST:
        return "reserved"
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP_INTERFACES:
        return "ISATAP"
    return None
