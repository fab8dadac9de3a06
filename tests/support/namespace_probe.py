"""Run inside a network namespace of its own, where the forbidden addresses answer on the loopback device.

Prints one JSON object: for each address what the guard did without and with an allow-list, and how often the server
was reached, first by HTTP and then by a line for mail:
``{"169.254.169.254": ["CONNECTOR_BLOCKED", 0, 200, 1, "CONNECTOR_BLOCKED", 1, "connected", 2], …}``.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from actors.connectors.base import ConnectorError
from actors.connectors.guard import MAIL_PORTS, Guard, OutboundRequest
from tests.support.raw_server import RawServer


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


async def _code(guard: Guard, url: str, allowed: tuple[str, ...]) -> str | int:
    try:
        return (await guard.send(OutboundRequest("GET", url, (), b"", 3.0, allowed))).status
    except ConnectorError as error:
        return error.code


async def _line(guard: Guard, host: str, port: int, allowed: tuple[str, ...]) -> str:
    try:
        stream = await guard.connect(host, port, allowed, MAIL_PORTS)
    except ConnectorError as error:
        return error.code
    stream.close()
    return "connected"


async def _reached(server: RawServer, times: int) -> int:
    """How often, once the server has seen as many connections, or had time to."""
    for _ in range(100):
        if server.connections >= times:
            break
        await asyncio.sleep(0.01)
    return server.connections


async def _probe(text: str) -> list[str | int]:
    guard = Guard()
    host = f"[{text}]" if ":" in text else text
    async with RawServer(host=text) as server:
        url = f"http://{host}:{server.port}/"
        refused, reached = await _code(guard, url, ()), server.connections
        by_http = [refused, reached, await _code(guard, url, (text,)), server.connections]
        refused, reached = await _line(guard, host, server.port, ()), server.connections
        return [*by_http, refused, reached, await _line(guard, host, server.port, (text,)), await _reached(server, 2)]


async def _probe_all(addresses: list[str]) -> dict[str, list[str | int]]:
    return {text: await _probe(text) for text in addresses}


def main(addresses: list[str]) -> None:
    _ip("link", "set", "lo", "up")
    for text in addresses:
        if ":" in text:
            _ip("-6", "addr", "add", f"{text}/128", "dev", "lo", "nodad")
        else:
            _ip("addr", "add", f"{text}/32", "dev", "lo")
    sys.stdout.write(json.dumps(asyncio.run(_probe_all(addresses))))


if __name__ == "__main__":
    main(sys.argv[1:])
