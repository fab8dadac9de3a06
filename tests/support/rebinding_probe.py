"""Run inside namespaces of its own, where forbidden addresses answer and an attacker's server is the only DNS.

Calls connectors in each of several hundred ways that should not lead to a forbidden address, and prints one JSON object:
how often each kind of way ended how, which forbidden addresses were reached, and which are once they are allowed. The
first argument is a sabotage, or ``none``; the others are the forbidden addresses.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from actors.connectors.base import Connector, ConnectorError
from actors.connectors.graphql.connector import GraphQLRequest
from actors.connectors.guard import Guard, client, resolver
from actors.connectors.guard.addresses import Address, parse_address
from actors.connectors.guard.allow_list import AllowList
from actors.connectors.guard.caching_resolver import Resolver
from actors.connectors.guard.targets import CallTarget
from actors.connectors.http.connector import HttpRequest
from actors.connectors.tokens import Tokens
from automate.kernel.json_values import JsonObject, JsonValue
from tests.support.outbound import EVERYTHING, call
from tests.support.rebinding_names import Answers, AttackersNames

PORT = 8080
PUBLIC = "93.184.216.34"
ROUNDS = 6
"""How often a name that rebinds is called: each call asks anew, and is answered with the other address in turn."""

Way = tuple[str, str]
"""Its kind, and its URL."""


class Listeners:
    """On every address of the namespace. reached: connections by the address that they came to."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached[str(ip_address(writer.get_extra_info("sockname")[0]))] += 1
        try:
            line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode()
            target = line.split()[1]
            location = f"\r\nLocation: {target[4:]}" if target.startswith("/to/") else ""
            status = "307 Elsewhere" if location else "200 OK"
            body = b'{"data": {}, "access_token": "token", "expires_in": 0}'
            head = f"HTTP/1.1 {status}{location}\r\nContent-Type: application/json\r\nConnection: close\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def spellings(address: IPv4Address) -> Iterator[str]:
    """One IPv4 address as browsers, curl or a careless parser may read it."""
    value, (a, b, c, d) = int(address), address.packed
    yield from (str(value), hex(value), f"0{value:o}", f"{a}.{value & 0xFFFFFF}", f"{a}.{b}.{value & 0xFFFF}")
    yield from (f"{address}.", f"0x{a:02x}.0x{b:02x}.0x{c:02x}.0x{d:02x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}")
    yield f"0x{a:x}.{b}.0{c:o}.{d}"
    yield str(address).translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789."})
    yield str(address).replace(".", "\u3002")
    high, low = value >> 16, value & 0xFFFF
    for prefix in ("::ffff:", "::ffff:0:", "64:ff9b::", "64:ff9b:1::", "::", "fe80::5efe:", "2a00::5efe:"):
        yield f"[{prefix}{high:x}:{low:x}]"
    yield f"[::ffff:{address}]"
    yield f"[2002:{high:x}:{low:x}::1]"
    yield f"[2001:0:{high:x}:{low:x}::]"


def names_of(number: int, text: str) -> dict[str, Answers]:
    """Names that lead, some only now and then, to a forbidden address."""
    mapped = [f"::ffff:{text}"] if ":" not in text else []
    turn = [[PUBLIC], [text]] * (ROUNDS * 2)
    return {
        f"straight{number}.evil.example": [[text]],
        f"alias{number}.evil.example": [[f"straight{number}.evil.example"]],
        f"both{number}.evil.example": [[PUBLIC, text]],
        f"mapped{number}.evil.example": [mapped or [text]],
        f"rebinds{number}.evil.example": turn,
    }


def ways(forbidden: Sequence[str]) -> Iterator[Way]:
    for number, text in enumerate(forbidden):
        address = ip_address(text)
        hosts = list(spellings(address)) if isinstance(address, IPv4Address) else []
        plain = f"[{text}]" if isinstance(address, IPv6Address) else text
        for host in (plain, *hosts):
            yield "spelling", f"http://{host}:{PORT}/"
            yield "redirect", f"http://{PUBLIC}:{PORT}/to/http://{host}:{PORT}/"
        for kind in ("straight", "alias", "both", "mapped"):
            yield kind, f"http://{kind}{number}.evil.example:{PORT}/"
            yield "redirect", f"http://{PUBLIC}:{PORT}/to/http://{kind}{number}.evil.example:{PORT}/"
        for _ in range(ROUNDS):
            yield "rebinds", f"http://rebinds{number}.evil.example:{PORT}/"


def inputs(url: str) -> dict[str, tuple[str, Mapping[str, JsonValue]]]:
    """A connector's name and its input, by where the URL stands in it."""
    oauth2: JsonObject = {"token_url": url, "client_id": "me", "client_secret": "s3cret"}
    return {
        "http": ("http.request", {"url": url, "method": "POST", "follow_redirects": True}),
        "graphql": ("graphql.request", {"url": url, "query": "{ a }"}),
        "token": ("http.request", {"url": f"http://{PUBLIC}:{PORT}/", "auth": {"oauth2": oauth2}}),
    }


async def ended(connectors: Mapping[str, Connector], place: str, url: str, allowed: Sequence[str] = ()) -> str:
    name, given = inputs(url)[place]
    try:
        await connectors[name].call(call(given, allowed=allowed, timeout_seconds=5.0))
    except ConnectorError as error:
        return str(error.details["failure"])
    return "answered"


async def probe(forbidden: Sequence[str]) -> dict[str, Any]:
    listeners = Listeners()
    names = {name: answers for number, text in enumerate(forbidden) for name, answers in names_of(number, text).items()}
    dns = AttackersNames(names)
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: dns, local_addr=("127.0.0.1", 53))
    v6 = socket.create_server(("::", PORT), family=socket.AF_INET6, backlog=512)
    await asyncio.start_server(listeners.serve, "0.0.0.0", PORT, backlog=512)
    await asyncio.start_server(listeners.serve, sock=v6)
    guard = Guard(remember_seconds=0)
    made = (HttpRequest(guard, Tokens(guard)), GraphQLRequest(guard, Tokens(guard)))
    connectors: dict[str, Connector] = {connector.spec.name: connector for connector in made}
    outcomes: dict[str, dict[str, Counter[str]]] = {}
    for place in inputs(""):
        dns.asked.clear()
        for kind, url in ways(forbidden):
            counts = outcomes.setdefault(place, {}).setdefault(kind, Counter())
            counts[await ended(connectors, place, url)] += 1
    reached = {text: listeners.reached[text] for text in forbidden if listeners.reached[text]}
    for number, text in enumerate(forbidden):
        await ended(connectors, "http", f"http://straight{number}.evil.example:{PORT}/", EVERYTHING)
        await ended(connectors, "http", f"http://{f'[{text}]' if ':' in text else text}:{PORT}/", EVERYTHING)
    allowed = {text: listeners.reached[text] - reached.get(text, 0) for text in forbidden}
    return {"outcomes": outcomes, "reached": reached, "reached_where_allowed": allowed}


async def _asks_twice(target: CallTarget, allowed: AllowList, names: Resolver) -> list[Address]:
    """As who checks a name and then connects to the name has it."""
    await resolver.checked_addresses(target, allowed, names)
    return [parse_address(text) for text in await names(target.host, target.port)]


def sabotage(how: str) -> None:
    if how == "judges nothing":
        resolver.inside_kind = lambda _address: None  # type: ignore[assignment]
    elif how == "asks twice":
        client.checked_addresses = _asks_twice  # type: ignore[assignment]


def main(how: str, forbidden: Sequence[str]) -> None:
    sabotage(how)
    _run("ip", "link", "set", "lo", "up")
    for text in (PUBLIC, *forbidden):
        if ":" in text:
            _run("ip", "-6", "addr", "add", f"{text}/128", "dev", "lo", "nodad")
        elif not text.startswith("127."):
            _run("ip", "addr", "add", f"{text}/32", "dev", "lo")
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("nameserver 127.0.0.1\noptions timeout:4 attempts:1\n")
        file.flush()
        _run("mount", "--bind", file.name, "/etc/resolv.conf")
        sys.stdout.write(json.dumps(asyncio.run(probe(forbidden))))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
