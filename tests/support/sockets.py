"""A graphql-transport-ws client on the ``websockets`` library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
SECONDS = 20.0


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self, seconds: float = SECONDS) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self.connection.recv(), seconds))
        return message

    async def subscribe(self, name: str, query: str, **variables: Any) -> None:
        await self.send(id=name, type="subscribe", payload={"query": query, "variables": variables})

    async def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        """The one result of a query or mutation."""
        await self.subscribe("one", query, **variables)
        message = await self.receive()
        assert (message["id"], message["type"]) == ("one", "next"), message
        assert await self.receive() == {"id": "one", "type": "complete"}
        payload: dict[str, Any] = message["payload"]
        return payload

    async def item(self, field: str = "runFeed") -> dict[str, Any]:
        """The next item of a subscription."""
        message = await self.receive()
        assert message["type"] == "next", message
        item: dict[str, Any] = message["payload"]["data"][field]
        return item

    async def error(self) -> str:
        """The code of the error that ends an operation."""
        message = await self.receive()
        assert message["type"] == "error", message
        code: str = message["payload"][0]["extensions"]["code"]
        return code

    async def closed(self) -> int | None:
        """The code with which the server closes."""
        await asyncio.wait_for(self.connection.wait_closed(), SECONDS)
        return self.connection.close_code

    async def reason(self) -> str | None:
        """Why the server closes, in words."""
        await asyncio.wait_for(self.connection.wait_closed(), SECONDS)
        return self.connection.close_reason


@asynccontextmanager
async def raw_socket(host: str, path: str = "/graphql", **headers: str) -> AsyncIterator[Socket]:
    """Connected, and nothing said."""
    connected = connect(
        f"ws://{host}{path}", subprotocols=[PROTOCOL], max_size=None, additional_headers=headers or None
    )
    async with connected as connection:
        yield Socket(connection)


@asynccontextmanager
async def open_socket(host: str, token: str, **headers: str) -> AsyncIterator[Socket]:
    """Connected and acknowledged."""
    async with raw_socket(host, **headers) as socket:
        await socket.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await socket.receive() == {"type": "connection_ack"}
        yield socket
