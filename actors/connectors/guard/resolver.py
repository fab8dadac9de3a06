"""Looks up a host and checks all of its addresses."""

from __future__ import annotations

from actors.connectors.base import ConnectorError
from actors.connectors.guard.addresses import Address, inside_kind, parse_address, unmapped
from actors.connectors.guard.allow_list import AllowList
from actors.connectors.guard.caching_resolver import MAX_LOOKUPS_OF_A_TENANT, NotAskedError, Resolver
from actors.connectors.guard.failures import BLOCKED, NO_ADDRESS
from actors.connectors.guard.ports import WEB_PORTS, Ports
from actors.connectors.guard.targets import CallTarget

MAX_TRIED = 4

_HOW_TO_ALLOW = "the platform's operator can add it to the tenant's allowedNetworks with upsertTenants"


async def checked_addresses(
    target: CallTarget, allowed: AllowList, resolver: Resolver, ports: Ports = WEB_PORTS
) -> list[Address]:
    """Return the addresses of the target, at most MAX_TRIED. The caller tries the addresses in this order.

    Raises ConnectorError if one of the addresses is forbidden.
    """
    # A host with both allowed and refused addresses is an attack or a mistake.
    addresses = [target.address] if target.address else await _resolve(target, resolver)
    for address in addresses:
        _judge(target, address, allowed, ports)
    return list(dict.fromkeys(unmapped(address) for address in addresses))[:MAX_TRIED]


def _judge(target: CallTarget, address: Address, allowed: AllowList, ports: Ports) -> None:
    # The address is checked first, so that the answer for an inside host is equal for all of its ports.
    if inside_kind(address) is not None and not allowed.permits(target.host, target.port, address):
        where = target.host if target.address else f"{target.host} resolves to {address}"
        article = ", an" if target.address is None else " is an"
        raise ConnectorError.of(
            BLOCKED,
            f"{where}{article} inside address, which is not in the tenant's allow-list; {_HOW_TO_ALLOW}.",
            details={"host": target.host, "address": str(address)},
        )
    if not ports.open(target.port) and not allowed.names_port(target.host, target.port, address):
        raise ConnectorError.of(
            BLOCKED,
            f"Port {target.port} is not open to connectors: {ports.words}; "
            f"to allow {target.host}:{target.port}, {_HOW_TO_ALLOW}.",
            details={"host": target.host, "port": target.port},
        )


async def _resolve(target: CallTarget, resolver: Resolver) -> list[Address]:
    try:
        answers = await resolver(target.host, target.port)
    except NotAskedError:
        message = (
            f"{target.host} was not looked up: a tenant may have {MAX_LOOKUPS_OF_A_TENANT} lookups at once, and that "
            "many lookups of this tenant still wait for DNS. Check the hosts of the failing steps."
        )
        raise ConnectorError.of(NO_ADDRESS, message, details={"asked": False}) from None
    except TimeoutError:
        raise ConnectorError.of(NO_ADDRESS, f"DNS did not answer for {target.host} in time.") from None
    except OSError:
        answers = ()
    if not answers:
        raise ConnectorError.of(
            NO_ADDRESS, f"{target.host} has no address in DNS. Check the spelling of the URL's host."
        )
    return [parse_address(answer) for answer in answers]
