"""Answers that are sent as they come: until they end, their client leaves or reads no more, or the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from django.http.response import HttpResponseBase

from automate.serving.bodies import Message, Receive

Send = Callable[[Message], Awaitable[None]]

ENDING = "ending"
"""In the state of the ASGI lifespan: the event that is set when the server begins to stop."""
DEAF_SECONDS = 40.0
"""So long a client may leave unread what is sent to it, as it may leave a WebSocket's ping without an answer."""


class Stream(HttpResponseBase):
    """An answer of many parts. The next one is made when the one before has been taken from us."""

    streaming = True

    def __init__(self, parts: AsyncGenerator[bytes, None], **options: Any) -> None:
        super().__init__(**options)
        self.parts = parts

    async def begin(self) -> HttpResponseBase | None:
        """Called before the headers are sent. A stream whose first part decides may return another answer in its place."""
        return None


class _Writer:
    """since: when the part that is being sent was offered; None while the next one is made."""

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


async def send_parts(parts: AsyncGenerator[bytes, None], state: Message, receive: Receive, send: Send) -> None:
    """The body of an answer that has begun. state: of the lifespan.

    A server that stops ends it where it stands; that its own last part is missing tells the client to come again.
    """
    writer, ending = _Writer(parts, send), state.get(ENDING) or asyncio.Event()
    writing = asyncio.create_task(writer.write())
    leaving = asyncio.create_task(_left(receive))
    tasks = (writing, leaving, asyncio.create_task(ending.wait()))
    try:
        done: set[asyncio.Task[Any]] = set()
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
    """Behind a whole request one message alone comes: that its client left."""
    while (await receive())["type"] != "http.disconnect":
        pass
