"""One resolution per hop, every answer judged: what comes out is what will be connected to, and nothing else."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Sequence

import anyio

from actors.connectors.base import ConnectorError
from actors.connectors.guard.addresses import Address, inside_kind, parse_address, unmapped
from actors.connectors.guard.allow_list import AllowList
from actors.connectors.guard.failures import BLOCKED, NO_ADDRESS
from actors.connectors.guard.ports import WEB_PORTS, Ports
from actors.connectors.guard.targets import Target

RESOLVE_SECONDS = 5.0
REMEMBER_SECONDS = 1.0
MAX_REMEMBERED = 1024
MAX_TRIED = 4

_HOW_TO_ALLOW = "whoever holds the platform's token can add it to the tenant's allowedNetworks with upsertTenants"

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> addresses as text, best first. Raises OSError where the name has none."""


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """getaddrinfo, in the running loop's executor."""
    answers = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    return [str(answer[4][0]) for answer in answers]


class RememberedAnswers:
    """A resolver that answers from memory for a moment, so that a busy name costs one lookup and not one for each call.

    What is remembered is judged anew for each call, under its own allow-list. Failures are not remembered.
    seconds: 0 remembers nothing. Not safe across event loops.
    """

    def __init__(self, resolver: Resolver, seconds: float) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._answers: dict[tuple[str, int], tuple[float, Sequence[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        until, answers = self._answers.get((host, port), (0.0, ()))
        if time.monotonic() < until:
            return answers
        answers = await self._resolver(host, port)
        if answers:
            if len(self._answers) >= MAX_REMEMBERED:
                self._answers.clear()
            self._answers[host, port] = (time.monotonic() + self._seconds, answers)
        return answers


async def checked_addresses(
    target: Target, allowed: AllowList, resolver: Resolver, ports: Ports = WEB_PORTS
) -> list[Address]:
    """The addresses to connect to, in order, at most MAX_TRIED. Raises ConnectorError where one of them may not be reached.

    One bad answer refuses the whole name: a name that points inside as well as outside is an attack or a mistake.
    """
    addresses = [target.address] if target.address else await _resolve(target, resolver)
    for address in addresses:
        _judge(target, address, allowed, ports)
    return list(dict.fromkeys(unmapped(address) for address in addresses))[:MAX_TRIED]


def _judge(target: Target, address: Address, allowed: AllowList, ports: Ports) -> None:
    # The address comes first, so that the answer for an inside host is the same for each of its ports.
    if inside_kind(address) is not None and not allowed.permits(target.host, target.port, address):
        where = target.host if target.address else f"{target.host} resolves to {address}"
        article = ", an" if target.address is None else " is an"
        raise ConnectorError.of(
            BLOCKED,
            f"{where}{article} inside address, which the tenant's allow-list does not hold; {_HOW_TO_ALLOW}.",
            details={"host": target.host, "address": str(address)},
        )
    if not ports.open(target.port) and not allowed.names_port(target.host, target.port, address):
        raise ConnectorError.of(
            BLOCKED,
            f"Port {target.port} is not open to connectors: {ports.words}; "
            f"to allow {target.host}:{target.port}, {_HOW_TO_ALLOW}.",
            details={"host": target.host, "port": target.port},
        )


async def _resolve(target: Target, resolver: Resolver) -> list[Address]:
    answers: Sequence[str] | None = None
    with anyio.move_on_after(RESOLVE_SECONDS):
        try:
            answers = await resolver(target.host, target.port)
        except OSError:
            answers = ()
    if answers is None:
        raise ConnectorError.of(NO_ADDRESS, f"DNS did not answer for {target.host} in time.")
    if not answers:
        raise ConnectorError.of(
            NO_ADDRESS, f"{target.host} has no address in DNS; check the spelling of the URL's host."
        )
    return [parse_address(answer) for answer in answers]
