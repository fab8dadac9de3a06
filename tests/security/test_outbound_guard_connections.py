"""Keep-alive connections of one pool: the last used is used next, what cannot be used is not, and there are so many."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from actors.connectors.base import ConnectorError
from actors.connectors.guard import Guard, pools
from tests.support.outbound import LOOPBACK, fetch
from tests.support.raw_server import OK, Exchange, RawServer, run


def _port(exchange: Exchange) -> int:
    port: int = exchange.writer.get_extra_info("peername")[1]
    return port


class Held:
    """A server's answers, held back one by one. came: by connection, in order."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.most = 0
        self._inside = 0
        self._gates: list[asyncio.Event] = []
        self._changed = asyncio.Condition()

    async def __call__(self, exchange: Exchange) -> None:
        gate = asyncio.Event()
        async with self._changed:
            self.came.append(_port(exchange))
            self._gates.append(gate)
            self._inside += 1
            self.most = max(self.most, self._inside)
            self._changed.notify_all()
        await gate.wait()
        self._inside -= 1
        await exchange.send(OK)

    async def await_calls(self, count: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.came) >= count)

    def answer(self, number: int) -> None:
        self._gates[number].set()


def test_connection_that_was_used_last_is_used_next() -> None:
    async def work() -> None:
        held, guard = Held(), Guard()
        async with RawServer(held) as server:
            calls = [asyncio.ensure_future(fetch(guard, server.url, LOOPBACK)) for _ in range(3)]
            await held.await_calls(3)
            left = set(calls)
            for number in (2, 0, 1):
                held.answer(number)
                _, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            last = held.came[1]
            for number in (3, 4, 5):
                call = asyncio.ensure_future(fetch(guard, server.url, LOOPBACK))
                await held.await_calls(number + 1)
                held.answer(number)
                await call
            assert held.came[3:] == [last] * 3
            assert server.connections == 3

    run(work())


def test_connection_past_its_keep_alive_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        monkeypatch.setattr(pools, "KEEP_ALIVE_SECONDS", 0.0)
        guard = Guard()
        async with RawServer() as server:
            for connections in (1, 2, 3):
                assert (await fetch(guard, server.url, LOOPBACK)).status == 200
                assert server.connections == connections

    run(work())


def test_unused_connections_are_closed_by_the_next_call() -> None:
    """Not only looked at when their turn comes, which for those that were used first it never may."""

    async def work() -> None:
        held, guard = Held(), Guard()
        async with RawServer(held) as server:
            calls = [asyncio.ensure_future(fetch(guard, server.url, LOOPBACK)) for _ in range(4)]
            await held.await_calls(4)
            for number in range(4):
                held.answer(number)
            await asyncio.gather(*calls)
            (own,) = guard._loops.values()
            (pool,) = own.pools._pools.values()
            assert len(pool._idle) == 4
            last = pool._idle.pop()
            pool._idle = type(pool._idle)([*((wire, 0.0) for wire, _ in pool._idle), last])
            call = asyncio.ensure_future(fetch(guard, server.url, LOOPBACK))
            await held.await_calls(5)
            held.answer(4)
            await call
            assert len(pool._idle) == 1
            assert held.came[4] in held.came[:4]
            assert pool._idle[0][0] is last[0]

    run(work())


@pytest.mark.parametrize("how", ["FIN", "RST"])
def test_connection_that_the_server_cut_while_idle_is_not_used(how: str) -> None:
    """Not for a request that must arrive once: it is sent on a new connection, and nothing is repeated."""

    async def work() -> None:
        guard, exchanges = Guard(), list[Exchange]()

        async def reply(exchange: Exchange) -> None:
            exchanges.append(exchange)
            await exchange.send(OK)

        async with RawServer(reply) as server:
            assert (await fetch(guard, server.url, LOOPBACK)).status == 200
            (own,) = guard._loops.values()
            (pool,) = own.pools._pools.values()
            ((idle, _),) = pool._idle
            if how == "FIN":
                exchanges[0].writer.close()
            else:
                exchanges[0].reset()
            while idle.is_fresh:  # noqa: ASYNC110 - the kernel tells nobody that the other end's word came
                await asyncio.sleep(0)
            assert (await fetch(guard, server.url, LOOPBACK)).status == 200
            assert server.connections == 2
            assert len(exchanges) == 2

    run(work())


def test_so_many_connections_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "MAX_CONNECTIONS_PER_POOL", 3)

    async def work() -> None:
        held, guard = Held(), Guard()
        async with RawServer(held) as server:
            calls = [asyncio.ensure_future(fetch(guard, server.url, LOOPBACK)) for _ in range(10)]
            for number in range(10):
                await held.await_calls(min(number + 3, 10))
                held.answer(number)
            assert {response.status for response in await asyncio.gather(*calls)} == {200}
            assert held.most == 3
            assert server.connections == 3
            assert set(Counter(held.came)) == set(held.came[:3])

    run(work())


def test_call_that_is_cut_off_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """And its connection is not used again, for an answer to it may still come."""
    monkeypatch.setattr(pools, "MAX_CONNECTIONS_PER_POOL", 1)

    async def work() -> None:
        held, guard = Held(), Guard()
        async with RawServer(held) as server:
            call = asyncio.ensure_future(fetch(guard, server.url, LOOPBACK))
            waiting = asyncio.ensure_future(fetch(guard, server.url, LOOPBACK))
            await held.await_calls(1)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await held.await_calls(2)
            held.answer(1)
            assert (await waiting).status == 200
            assert server.connections == 2
            assert held.came[0] != held.came[1]
            (own,) = guard._loops.values()
            (pool,) = own.pools._pools.values()
            assert (pool.users, len(pool._idle)) == (0, 1)

    run(work())


def test_server_that_breaks_off_leaves_nothing_behind() -> None:
    async def work() -> None:
        guard = Guard()

        async def breaks(exchange: Exchange) -> None:
            await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            exchange.writer.close()

        async with RawServer(breaks) as server:
            for connections in (1, 2):
                with pytest.raises(ConnectorError):
                    await fetch(guard, server.url, LOOPBACK)
                assert server.connections == connections
            (own,) = guard._loops.values()
            (pool,) = own.pools._pools.values()
            assert (pool.users, len(pool._idle)) == (0, 0)

    run(work())
