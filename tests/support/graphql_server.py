"""A real GraphQL server of somebody else's: strawberry behind uvicorn, which records the requests that come."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import strawberry
import uvicorn
from graphql import GraphQLError
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig


@strawberry.type
class Order:
    id: strawberry.ID
    state: str

    @strawberry.field
    def notes(self) -> str | None:
        raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})


def _fail(code: str | None, retry_after: float | None) -> None:
    extensions: dict[str, Any] = {} if code is None else {"code": code}
    if retry_after is not None:
        extensions["retryAfter"] = retry_after
    raise GraphQLError(f"It failed with {code}.", extensions=extensions)


@strawberry.type
class Query:
    @strawberry.field
    def order(self, id: strawberry.ID) -> Order | None:  # noqa: A002 - the name that clients use
        return Order(id=id, state="OPEN")

    @strawberry.field
    def must_fail(self, code: str | None = None, retry_after: float | None = None) -> str:
        _fail(code, retry_after)
        return ""


@strawberry.type
class Mutation:
    @strawberry.mutation
    def close_order(self, id: strawberry.ID) -> Order:  # noqa: A002 - the name that clients use
        return Order(id=id, state="CLOSED")

    @strawberry.mutation
    def may_fail(self, code: str | None = None) -> str | None:
        _fail(code, None)
        return None


@dataclass
class GraphQLServer:
    """requests: the headers of each, names in lower case."""

    url: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def graphql_server() -> AsyncIterator[GraphQLServer]:
    schema = strawberry.Schema(Query, Mutation, config=StrawberryConfig(auto_camel_case=True))
    served, app = GraphQLServer(), GraphQL[Any, Any](schema)

    async def recording(scope: Any, receive: Any, send: Any) -> None:
        served.requests.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await app(scope, receive, send)

    listener = socket.create_server(("127.0.0.1", 0))
    served.url = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
    server = uvicorn.Server(uvicorn.Config(recording, lifespan="off", log_config=None, ws="none"))
    task = asyncio.create_task(server._serve(sockets=[listener]))  # not serve(): it takes the signals of the process
    try:
        yield served
    finally:
        server.should_exit = True
        await task
        listener.close()
