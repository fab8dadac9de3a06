"""Connections are bounded in number, and none outlives its loop."""

from __future__ import annotations

import asyncio
import gc
from ipaddress import ip_address

import pytest

from actors.connectors.guard import Guard, pools
from actors.connectors.guard.pools import LoopPools, PoolKey
from automate.kernel.tenancy import acting_for
from automate.runs.breaker_view import health
from tests.support.certificates import Authority
from tests.support.outbound import LOOPBACK, Names, fetch, refusal, tenant
from tests.support.raw_server import OK, Exchange, RawServer, run


def _key(host: str) -> PoolKey:
    return PoolKey(None, (), "http", host, 80, ip_address("8.8.8.8"))


def test_least_used_idle_pool_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "MAX_POOLS", 2)

    async def work() -> None:
        kept = LoopPools(Authority().client_context())
        busy, idle = kept.lease(_key("busy")), kept.lease(_key("idle"))
        idle.users -= 1
        kept.lease(_key("new"))
        assert kept.lease(_key("busy")) is busy
        assert kept.lease(_key("idle")) is not idle

    run(work())


def test_pool_past_keep_alive_closes_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "KEEP_ALIVE_SECONDS", 0.0)

    async def work() -> None:
        closed = asyncio.Event()
        guard = Guard(resolver=Names(["127.0.0.1"]))

        async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            assert await reader.read() == b""
            closed.set()
            writer.close()

        server = await asyncio.start_server(reply, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        await fetch(guard, f"http://first.example:{port}/", LOOPBACK)
        async with RawServer() as other:
            await fetch(guard, f"http://second.example:{other.port}/", LOOPBACK)
        await closed.wait()
        server.close()

    run(work())


def test_idle_connections_end_though_nobody_calls_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "KEEP_ALIVE_SECONDS", 0.1)

    async def work() -> None:
        guard = Guard()
        async with RawServer() as server:
            for _ in range(100):
                with acting_for(tenant()):
                    await fetch(guard, server.url, LOOPBACK)
            (own,) = guard._loops.values()
            assert own.pools._pools
            await asyncio.sleep(0.5)
            assert (len(own.pools._pools), own.pools._sweep) == (0, None)
            await fetch(guard, server.url, LOOPBACK)

    run(work())


def test_tenant_that_holds_a_hosts_connections_holds_up_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what waits for its own connections says nothing of the host, which was not asked."""
    monkeypatch.setattr(pools, "MAX_CONNECTIONS_PER_POOL", 3)

    async def reply(exchange: Exchange) -> None:
        if exchange.line.startswith("GET /fast"):
            await exchange.send(OK)

    async def work() -> None:
        guard = Guard()
        async with RawServer(reply) as server:
            with acting_for(tenant()):
                flood = [asyncio.ensure_future(fetch(guard, f"{server.url}slow", LOOPBACK)) for _ in range(3)]
                await asyncio.sleep(0.1)
                late = await refusal(guard, f"{server.url}fast", LOOPBACK, timeout_seconds=0.2)
                slow = await refusal(Guard(), f"{server.url}slow", LOOPBACK, timeout_seconds=0.2)
            assert (late.code, late.arrived, late.details["asked"]) == ("CONNECTOR_TIMEOUT", False, False)
            assert (health(late.as_json()), health(slow.as_json())) == (None, False)
            with acting_for(tenant()):
                assert (await fetch(guard, f"{server.url}fast", LOOPBACK, timeout_seconds=10.0)).status == 200
            for call in flood:
                call.cancel()
            await asyncio.wait(flood)

    run(work())


def test_connection_tells_no_other_tenant_that_it_is_there() -> None:
    async def work() -> None:
        guard, mine = Guard(), tenant()
        async with RawServer() as server:
            for who, connections in ((mine, 1), (mine, 1), (tenant(), 2)):
                with acting_for(who):
                    await fetch(guard, server.url, LOOPBACK)
                assert server.connections == connections

    run(work())


def test_one_guard_serves_loop_after_loop() -> None:
    """Were a connection left open at a loop's end, its collection would warn, and warnings are errors here."""
    guard = Guard()

    async def work() -> int:
        async with RawServer() as server:
            return (await fetch(guard, server.url, LOOPBACK)).status

    assert [run(work()) for _ in range(3)] == [200, 200, 200]
    gc.collect()


def test_closing_ends_the_loops_connections() -> None:
    async def work() -> None:
        guard = Guard()
        async with RawServer() as server:
            for connections in (1, 2):
                await fetch(guard, server.url, LOOPBACK)
                assert server.connections == connections
                await guard.aclose()
            await guard.aclose()

    run(work())
