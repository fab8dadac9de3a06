"""The control of the measurement with two processes: a server without Django, tenants and SQL, with a hop to a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

WORK = 1_000
"""Additions for each request, about 30 µs."""
ANSWER = b'{"data": {"__typename": "Query"}}'
_threads = ThreadPoolExecutor(8)


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await asyncio.get_running_loop().run_in_executor(_threads, sum, range(WORK))
    headers = [(b"content-length", b"%d" % len(ANSWER))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})
