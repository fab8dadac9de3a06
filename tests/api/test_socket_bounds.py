"""WebSockets are bounded: of a tenant, of a process, and of clients that do not say who they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.conftest import serving
from tests.support.sockets import open_socket, raw_socket

Run = Callable[[Any], Any]
ASK = "{ __typename }"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def narrow(database: Any) -> Iterator[str]:
    program = """
from automate.web.asgi import application
from django.conf import settings
from graphql_schema import socket_seats
settings.SOCKETS_PER_TENANT, socket_seats.MOST_UNNAMED, settings.WEB_SOCKETS = 2, 2, 6
"""
    with serving(program) as host:
        yield host


async def refused_with(host: str, token: str) -> tuple[int | None, str | None]:
    async with raw_socket(host) as socket:
        await socket.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        return await socket.closed(), await socket.reason()


async def is_welcome(host: str, token: str) -> bool:
    async with raw_socket(host) as socket:
        await socket.send(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        try:
            return await socket.receive() == {"type": "connection_ack"}
        except ConnectionClosed:
            return False


@pytest.mark.slow
def test_a_tenant_has_so_many_sockets_and_others_have_theirs(
    narrow: str, tenant_factory: Callable[[], Any], run_async: Run
) -> None:
    one, other = tenant_factory(), tenant_factory()

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await stack.enter_async_context(open_socket(narrow, one.token))
            code, reason = await refused_with(narrow, one.token)
            assert (code, (reason or "").partition(":")[0]) == (1013, "LIMIT_EXCEEDED")
            socket = await stack.enter_async_context(open_socket(narrow, other.token))
            assert (await socket.answer(ASK))["data"] == {"__typename": "Query"}
        # Closed sockets give their seats back, shortly afterwards.
        deadline = asyncio.get_running_loop().time() + 10
        while not await is_welcome(narrow, one.token):
            assert asyncio.get_running_loop().time() < deadline

    run_async(scenario())


def test_silent_clients_give_way_to_new_ones(narrow: str, tenant_factory: Callable[[], Any], run_async: Run) -> None:
    tenant = tenant_factory()

    async def scenario() -> tuple[int | None, str | None, Any]:
        async with AsyncExitStack() as stack:
            silent = [await stack.enter_async_context(raw_socket(narrow)) for _ in range(3)]
            code, reason = await silent[0].closed(), await silent[0].reason()
            socket = await stack.enter_async_context(open_socket(narrow, tenant.token))
            return code, reason, await socket.answer(ASK)

    code, reason, answer = run_async(scenario())
    assert (code, (reason or "").partition(":")[0]) == (1013, "UNAVAILABLE")
    assert answer["data"] == {"__typename": "Query"}
