"""The operator `cidr`. It checks whether an IP address is in one of several networks.

An IPv4 address in IPv6 form (`::ffff:10.0.0.1`) counts as IPv4.
"""

from __future__ import annotations

import ipaddress

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import PredicateError, invalid
from automate.rules.predicate.node import Operator
from automate.rules.predicate.operators.prepared import prepared
from automate.rules.predicate.values import brief, kind

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_ADDRESS = 64
MOST_NETWORKS = 200


def _network(value: JsonValue) -> Network:
    try:
        if isinstance(value, str) and len(value) <= LONGEST_ADDRESS:
            return ipaddress.ip_network(value)
    except ValueError as error:
        raise _no_network(value, f": {error}") from None
    raise _no_network(value)


def _no_network(value: JsonValue, why: str = "") -> PredicateError:
    hint = 'write one such as "10.0.0.0/8"'
    return invalid(f"{brief(value)} is not a network{why}; {hint}", bare=f"{kind(value)} is not a network; {hint}")


def _networks(value: JsonValue) -> list[Network]:
    if not isinstance(value, list):
        return [_network(value)]
    if len(value) > MOST_NETWORKS:
        raise invalid(f"cidr takes up to {MOST_NETWORKS} networks, not {len(value)}")
    return [_network(item) for item in value]


def _inside(value: JsonValue, networks: list[Network], allowance: EvaluationAllowance) -> bool:
    try:
        address = ipaddress.ip_address(value if isinstance(value, str) and len(value) <= LONGEST_ADDRESS else "")
    except ValueError:
        raise invalid(f"{brief(value)} is not an IP address", bare=f"{kind(value)} is not an IP address") from None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    allowance.spend(len(networks))
    return any(address in network for network in networks)


OPERATORS = (
    Operator(
        "cidr",
        prepared(_networks, _inside),
        2,
        2,
        '{"cidr": [address, "10.0.0.0/8"]}',
        says=("is in the network", "is not in the network"),
    ),
)
