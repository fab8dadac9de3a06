"""The throughput of the bare HTTP client with the same receiver, at a worker's concurrency."""

from __future__ import annotations

import argparse
import asyncio
import json
import time

import httpx2

from bench.tenant_payload import POSTED


async def _posts(url: str, count: int, concurrency: int) -> float:
    left = iter(range(count))
    limits = httpx2.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx2.AsyncClient(limits=limits, trust_env=False) as client:

        async def sender() -> None:
            for _ in left:
                (await client.post(url, json=POSTED)).raise_for_status()

        started = time.perf_counter()
        await asyncio.gather(*(sender() for _ in range(concurrency)))
        return count / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    arguments = parser.parse_args()
    rate = asyncio.run(_posts(arguments.url, arguments.count, arguments.concurrency))
    print(json.dumps({"posts_per_s": rate}))


if __name__ == "__main__":
    main()
