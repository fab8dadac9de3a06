"""Answers that are sent in parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from django.http.response import HttpResponseBase
from starlette.types import Receive, Send

ENDING = "ending"
"""The key in the state of the ASGI lifespan: the event that is set when the server begins to stop."""
DEAF_SECONDS = 40.0
"""How long a client can leave data unread before its stream ends. The limit for an unanswered ping of a
WebSocket is the same."""


class Stream(HttpResponseBase):
    """An answer that is sent in parts. Each part is created after the previous part was sent."""

    streaming = True

    def __init__(self, parts: AsyncGenerator[bytes, None], content_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(content_type=content_type, headers=headers)
        self.parts = parts

    async def begin(self) -> HttpResponseBase | None:
        """Prepare a stream before its headers are sent. Return None if the stream can start.

        If the stream cannot start, return the answer that is sent instead of the stream.
        """
        return None


class _StreamWriter:
    def __init__(self, parts: AsyncGenerator[bytes, None], send: Send) -> None:
        self.parts = parts
        self.send = send
        self.clock = asyncio.get_running_loop().time
        self.since: float | None = None

    async def write(self) -> None:
        async with aclosing(self.parts):
            async for part in self.parts:
                self.since = self.clock()
                await self.send({"type": "http.response.body", "body": part, "more_body": True})
                self.since = None

    def is_deaf(self) -> bool:
        return self.since is not None and self.clock() - self.since >= DEAF_SECONDS


async def send_parts(
    parts: AsyncGenerator[bytes, None], state: Mapping[str, asyncio.Event], receive: Receive, send: Send
) -> None:
    """Send the body of a streamed answer. ``state`` is the state of the ASGI lifespan."""
    writer, ending = _StreamWriter(parts, send), state.get(ENDING) or asyncio.Event()
    writing = asyncio.create_task(writer.write())
    leaving = asyncio.create_task(_left(receive))
    tasks = (writing, leaving, asyncio.create_task(ending.wait()))
    try:
        done: set[asyncio.Task[object]] = set()
        while not done and not writer.is_deaf():
            done, _ = await asyncio.wait(tasks, timeout=DEAF_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if writing in done:
        writing.result()
    if done and leaving not in done:
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    # After a complete request, the next message is the disconnect.
    while (await receive())["type"] != "http.disconnect":
        pass
