"""Run inside namespaces of its own, where the only DNS answers one tenant's names, and another's never.

Prints one JSON object: how the calls ended of the tenant whose names are answered, made while the other calls hundreds of
names and after its names have been given up, and how the other's ended.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import uvloop

from actors.connectors.base import ConnectorError
from actors.connectors.guard import Guard, OutboundRequest
from automate.kernel.tenancy import acting_for
from tests.support.outbound import tenant
from tests.support.raw_server import RawServer
from tests.support.rebinding_names import AttackersNames

FLOOD = 300
CALLS = 12
EVERY_SECONDS = 0.5


async def ended(guard: Guard, url: str) -> str:
    try:
        response = await guard.send(OutboundRequest("GET", url, (), b"", 20.0, ("127.0.0.0/8",)))
    except ConnectorError as error:
        asked = "" if error.details.get("asked", True) else ", not asked"
        return f"{error.details['failure']}{asked}"
    return str(response.status)


async def slowest_of(guard: Guard, port: int) -> tuple[float, Counter[str]]:
    """The longest of one call after another, each to a name of its own, and how they ended."""
    seconds, endings = 0.0, Counter[str]()
    for number in range(CALLS):
        began = time.monotonic()
        endings[await ended(guard, f"http://good{number}.example:{port}/")] += 1
        seconds = max(seconds, time.monotonic() - began)
        await asyncio.sleep(EVERY_SECONDS)
    return seconds, endings


async def probe() -> dict[str, Any]:
    names = AttackersNames({f"good{number}.example": [["127.0.0.1"]] for number in range(CALLS)}, silent="silent")
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: names, local_addr=("127.0.0.1", 53))
    guard = Guard()
    async with RawServer() as server:
        with acting_for(tenant()):
            urls = [f"http://silent{number}.example:{server.port}/" for number in range(FLOOD)]
            flood = [asyncio.ensure_future(ended(guard, url)) for url in urls]
        await asyncio.sleep(EVERY_SECONDS)
        with acting_for(tenant()):
            seconds, endings = await slowest_of(guard, server.port)
        others: Sequence[str] = await asyncio.gather(*flood)
    return {"seconds": seconds, "endings": endings, "others": Counter(others)}


def main() -> None:
    _run("ip", "link", "set", "lo", "up")
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("nameserver 127.0.0.1\noptions timeout:5 attempts:2\n")
        file.flush()
        _run("mount", "--bind", file.name, "/etc/resolv.conf")
        sys.stdout.write(json.dumps(uvloop.run(probe())))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


if __name__ == "__main__":
    main()
