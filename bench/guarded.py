"""The cost of the outbound guard: the processor time of a POST by the connector, compared with the bare HTTP client.

Both run on a worker's event loop, in turn, with the same receiver, in an otherwise idle process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx2
import uvloop

from actors.connectors.base import Call
from actors.connectors.registry import CONNECTORS
from bench.tenant_payload import POSTED

WARM = 200


async def _microseconds(post: Callable[[], Awaitable[object]], count: int, concurrency: int) -> float:
    async def send(left: list[None]) -> None:
        while left:
            left.pop()
            await post()

    async def sent(many: int) -> None:
        left = [None] * many
        await asyncio.gather(*(send(left) for _ in range(concurrency)))

    await sent(WARM)
    started = time.process_time()
    await sent(count)
    return 1e6 * (time.process_time() - started) / count


async def _measure(url: str, count: int, concurrency: int, rounds: int) -> dict[str, list[float]]:
    connector = CONNECTORS["http.request"]
    call = Call(
        input={"method": "POST", "url": url, "json": POSTED},
        idempotency_key="k" * 64,
        traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
        causation="c" * 44,
        timeout_seconds=30.0,
        allowed_networks=("127.0.0.0/8",),
    )
    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    found: dict[str, list[float]] = {"bare": [], "guarded": []}
    async with httpx2.AsyncClient(limits=limits, trust_env=False) as client:

        async def bare() -> None:
            (await client.post(url, json=POSTED)).raise_for_status()

        for _ in range(rounds):
            found["bare"].append(await _microseconds(bare, count, concurrency))
            found["guarded"].append(await _microseconds(lambda: connector.call(call), count, concurrency))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    for name in ("--count", "--concurrency", "--rounds"):
        parser.add_argument(name, type=int, required=True)
    given = parser.parse_args()
    print(json.dumps(uvloop.run(_measure(given.url, given.count, given.concurrency, given.rounds))))


if __name__ == "__main__":
    main()
