"""A graphql-sse client in the distinct connections mode, on ``httpx2``; what it reads is what the server wrote."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

SECONDS = 20.0
KEEPALIVE = ""
"""The kind of a comment."""


class Events:
    """One response of the server. kind: of an event, or KEEPALIVE."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def any(self) -> tuple[str, Any]:
        """The next event or comment. Raises StopAsyncIteration at the response's end."""
        lines = []
        while line := await asyncio.wait_for(anext(self._lines), SECONDS):
            lines.append(line)
        if lines == [":"]:
            return KEEPALIVE, None
        (kind, data) = lines
        content = data.removeprefix("data: ").removeprefix("data:")
        return kind.removeprefix("event: "), json.loads(content) if content else None

    async def event(self) -> tuple[str, Any]:
        while True:
            kind, content = await self.any()
            if kind != KEEPALIVE:
                return kind, content

    async def item(self, field: str = "runFeed") -> dict[str, Any]:
        """The next item of a subscription."""
        kind, content = await self.event()
        assert (kind, "errors" in content) == ("next", False), content
        item: dict[str, Any] = content["data"][field]
        return item

    async def error(self) -> str:
        """The code of the error that ends the operation."""
        kind, content = await self.event()
        assert kind == "next"
        code: str = content["errors"][0]["extensions"]["code"]
        assert await self.rest() == [("complete", None)]
        return code

    async def rest(self) -> list[tuple[str, Any]]:
        """All events to the response's end."""
        found = []
        while True:
            try:
                found.append(await self.event())
            except StopAsyncIteration:
                return found


@asynccontextmanager
async def sent(host: str, token: str, body: bytes | None = None, **options: Any) -> AsyncIterator[Events]:
    """A request; by POST where it has a body. options: of httpx2, which overrule the usual ones."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", "Content-Type": "application/json"}
    headers.update(options.pop("headers", {}))
    method = options.pop("method", "GET" if body is None else "POST")
    url = f"http://{host}/graphql/stream"
    async with (
        httpx2.AsyncClient(timeout=SECONDS, trust_env=False) as client,
        client.stream(method, url, content=body, headers=headers, **options) as response,
    ):
        yield Events(response)


@asynccontextmanager
async def open_stream(
    host: str, token: str, query: str, headers: Any = None, **variables: Any
) -> AsyncIterator[Events]:
    """An operation whose stream has begun."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    async with sent(host, token, body, headers=headers or {}) as events:
        response = events.response
        assert response.status_code == 200, await response.aread()
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield events


async def answer(host: str, token: str, query: str, headers: Any = None, **variables: Any) -> dict[str, Any]:
    """The one result of a query or mutation."""
    async with open_stream(host, token, query, headers, **variables) as events:
        (kind, content), *rest = await events.rest()
        assert (kind, rest) == ("next", [("complete", None)])
        result: dict[str, Any] = content
        return result


async def refusal(host: str, token: str, body: bytes | None = None, **options: Any) -> tuple[int, str]:
    """Status and code of what never became a stream."""
    async with sent(host, token, body, **options) as events:
        content = json.loads(await events.response.aread())
        assert events.response.headers["Content-Type"] == "application/json; charset=utf-8"
        assert content["errors"][0]["extensions"]["trace_id"] == events.response.headers["X-Trace-Id"]
        return events.response.status_code, content["errors"][0]["extensions"]["code"]
