"""A process that uses a token as fast as it can, in one way, until a line comes on its standard input.

Prints ``ready``, and at its end a JSON list of ``[when an attempt began, whether it was admitted]``, in seconds of the system's clock.
"""

from __future__ import annotations

import asyncio
import json
import select
import sys
import time
from typing import Any

import httpx2
from websockets.exceptions import WebSocketException

from tests.support.event_streams import Events, open_stream
from tests.support.run_feed import SHORT
from tests.support.sockets import open_socket

WHO = "{ viewer { name } }"
Attempts = list[tuple[float, bool]]


def told_to_stop() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


async def http(host: str, token: str, attempts: Attempts) -> None:
    """One connection, request after request."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=f"http://{host}", headers=headers, timeout=20) as client:
        while not told_to_stop():
            began = time.time()
            answer = await client.post("/graphql", json={"query": WHO})
            attempts.append((began, answer.status_code == 200))


async def socket(host: str, token: str, attempts: Attempts) -> None:
    """Operations on one socket; once it is closed, on new ones."""
    while not told_to_stop():
        began = time.time()
        try:
            async with open_socket(host, token) as opened:
                while not told_to_stop():
                    began = time.time()
                    answer = await opened.answer(WHO)
                    attempts.append((began, "errors" not in answer))
        except (WebSocketException, AssertionError):
            attempts.append((began, False))
            await asyncio.sleep(0.02)


async def stream(host: str, token: str, attempts: Attempts) -> None:
    """A subscription over server-sent events that stays open; once it ends, new ones. Each message that it gives is an admission."""
    while not told_to_stop():
        began = time.time()
        try:
            async with open_stream(host, token, SHORT) as opened:
                await _listen(opened, attempts)
        except (AssertionError, StopAsyncIteration, httpx2.HTTPError):
            attempts.append((began, False))
            await asyncio.sleep(0.02)


async def _listen(opened: Events, attempts: Attempts) -> None:
    """Until the stream ends, or the process is to stop."""
    while True:
        message = asyncio.ensure_future(opened.any())
        while not (await asyncio.wait([message], timeout=0.1))[0]:
            if told_to_stop():
                message.cancel()
                return
        kind, content = message.result()
        attempts.append((time.time(), "errors" not in (content or {})))
        if kind == "complete" or told_to_stop():
            return


WAYS: dict[str, Any] = {"http": http, "socket": socket, "stream": stream}


def main() -> None:
    way, host, token = sys.argv[1:]
    attempts: Attempts = []
    print("ready", flush=True)
    asyncio.run(WAYS[way](host, token, attempts))
    print(json.dumps(attempts))


if __name__ == "__main__":
    main()
