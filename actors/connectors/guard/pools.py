"""Keep-alive connections, kept apart by what was judged: allow-list, origin and the checked address.

A connection is reused only for the same host at the same address under the same allow-list, so that neither a changed
DNS answer nor another tenant's rights, nor a certificate verified for another name, is ever inherited.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import anyio
import httpcore2

from actors.connectors.guard.addresses import Address, parse_address, unmapped
from actors.connectors.guard.allow_list import AllowList

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 4.0
"""Below the 5 s after which Node and others close: a request sent while the other side closes may or may not arrive."""
MAX_CONNECTIONS_PER_POOL = 160
"""As many as the calls that a worker makes at once for one tenant: a call that waits here has its time running."""
MAX_POOLS = 256

# At DEBUG httpcore writes response headers, which may echo a secret, into the log.
logging.getLogger("httpcore2").setLevel(logging.INFO)


@dataclass(frozen=True)
class PoolKey:
    allowed: AllowList
    scheme: str
    host: str
    port: int
    address: Address


class Pool:
    """Connections to one place. users: requests in flight; a pool with users is never closed. used_at: seconds of the
    monotonic clock.

    The connection that was used last is used next, and looked at alone: httpcore's own pool looks at each connection
    and asks the kernel about each idle one at every request, which at 64 connections costs more than the request.
    """

    def __init__(self, connect: Callable[[], httpcore2.AsyncHTTPConnection]) -> None:
        self.users = 0
        self.used_at = time.monotonic()
        self._connect = connect
        self._room = asyncio.Semaphore(MAX_CONNECTIONS_PER_POOL)
        self._idle: deque[tuple[httpcore2.AsyncHTTPConnection, float]] = deque()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[httpcore2.AsyncHTTPConnection]:
        """A connection that is the caller's alone until the block ends; it waits where all are taken."""
        async with self._room:
            connection = await self._last_used() or self._connect()
            try:
                yield connection
            finally:
                if connection.is_connected() and connection.is_idle():
                    self._idle.append((connection, time.monotonic()))
                else:
                    await _close(connection)
            await self._close_unused()

    async def aclose(self) -> None:
        while self._idle:
            await _close(self._idle.pop()[0])

    async def _last_used(self) -> httpcore2.AsyncHTTPConnection | None:
        while self._idle:
            connection, _ = self._idle.pop()
            if not connection.has_expired():
                return connection
            await _close(connection)
        return None

    async def _close_unused(self) -> None:
        while self._idle and self._idle[0][1] < time.monotonic() - KEEP_ALIVE_SECONDS:
            await _close(self._idle.popleft()[0])


async def _close(connection: httpcore2.AsyncHTTPConnection) -> None:
    """Also where the call that used it was cut off."""
    with anyio.CancelScope(shield=True):
        await connection.aclose()


class PinnedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to one checked address, whatever is asked for: the last line, should the layers above be wrong."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - httpcore's signature
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's too
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        stream = await self._network.connect_tcp(
            str(self._address), port, timeout=timeout, local_address=local_address, socket_options=socket_options
        )
        peer = stream.get_extra_info("server_addr")  # None where the other side has closed already
        if peer is None or unmapped(parse_address(str(peer[0]))) != self._address:
            await stream.aclose()
            raise httpcore2.ConnectError("the connection did not lead to the checked address")
        return stream


class LoopPools:
    """All pools of one event loop. Not safe across loops."""

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        self._pools: OrderedDict[PoolKey, Pool] = OrderedDict()

    async def lease(self, key: PoolKey) -> Pool:
        """The pool for ``key`` with one more user; the caller counts itself off ``users`` when it is done."""
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = Pool(partial(self._connect, key))
            pool.users += 1
            await self._close_idle()
        else:
            pool.users += 1
            pool.used_at = time.monotonic()
            self._pools.move_to_end(key)
        return pool

    async def aclose(self) -> None:
        while self._pools:
            _, pool = self._pools.popitem()
            await pool.aclose()

    def _connect(self, key: PoolKey) -> httpcore2.AsyncHTTPConnection:
        return httpcore2.AsyncHTTPConnection(
            origin=httpcore2.Origin(key.scheme.encode("ascii"), str(key.address).encode("ascii"), key.port),
            ssl_context=self._ssl_context,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            http1=True,
            http2=False,
            network_backend=PinnedBackend(key.address),
        )

    async def _close_idle(self) -> None:
        """Least recently used first: those past keep-alive, and as many more as are over the bound."""
        stale_before = time.monotonic() - KEEP_ALIVE_SECONDS
        surplus = len(self._pools) - MAX_POOLS
        idle = [key for key, pool in self._pools.items() if not pool.users]
        closing = [key for place, key in enumerate(idle) if place < surplus or self._pools[key].used_at < stale_before]
        for pool in [self._pools.pop(key) for key in closing]:
            await pool.aclose()
