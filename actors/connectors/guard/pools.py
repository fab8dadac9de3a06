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
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import anyio
import httpcore2

from actors.connectors.guard.addresses import Address
from actors.connectors.guard.allow_list import AllowList
from actors.connectors.guard.streams import PinnedBackend, Progress

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


class Connection(NamedTuple):
    """One that is kept, with what it sends through."""

    http: httpcore2.AsyncHTTPConnection
    backend: PinnedBackend


class Pool:
    """Connections to one place. users: requests in flight; a pool with users is never closed. used_at: seconds of the
    monotonic clock.

    The connection that was used last is used next, and looked at alone: httpcore's own pool looks at each connection
    and asks the kernel about each idle one at every request, which at 64 connections costs more than the request.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self.users = 0
        self.used_at = time.monotonic()
        self._connect = connect
        self._room = asyncio.Semaphore(MAX_CONNECTIONS_PER_POOL)
        self._idle: deque[tuple[Connection, float]] = deque()

    @asynccontextmanager
    async def connection(self, progress: Progress) -> AsyncIterator[httpcore2.AsyncHTTPConnection]:
        """A connection that is the caller's alone until the block ends; it waits where all are taken."""
        async with self._room:
            connection = await self._last_used() or self._connect()
            connection.backend.progress = progress
            try:
                yield connection.http
            finally:
                if connection.http.is_connected() and connection.http.is_idle():
                    self._idle.append((connection, time.monotonic()))
                else:
                    await _close(connection)
            await self._close_unused()

    async def aclose(self) -> None:
        while self._idle:
            await _close(self._idle.pop()[0])

    async def _last_used(self) -> Connection | None:
        while self._idle:
            connection, _ = self._idle.pop()
            if not connection.http.has_expired():
                return connection
            await _close(connection)
        return None

    async def _close_unused(self) -> None:
        while self._idle and self._idle[0][1] < time.monotonic() - KEEP_ALIVE_SECONDS:
            await _close(self._idle.popleft()[0])


async def _close(connection: Connection) -> None:
    """Also where the call that used it was cut off."""
    with anyio.CancelScope(shield=True):
        await connection.http.aclose()


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

    def _connect(self, key: PoolKey) -> Connection:
        backend = PinnedBackend(key.address)
        http = httpcore2.AsyncHTTPConnection(
            origin=httpcore2.Origin(key.scheme.encode("ascii"), str(key.address).encode("ascii"), key.port),
            ssl_context=self._ssl_context,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            http1=True,
            http2=False,
            network_backend=backend,
        )
        return Connection(http, backend)

    async def _close_idle(self) -> None:
        """Least recently used first: those past keep-alive, and as many more as are over the bound."""
        stale_before = time.monotonic() - KEEP_ALIVE_SECONDS
        surplus = len(self._pools) - MAX_POOLS
        idle = [key for key, pool in self._pools.items() if not pool.users]
        closing = [key for place, key in enumerate(idle) if place < surplus or self._pools[key].used_at < stale_before]
        for pool in [self._pools.pop(key) for key in closing]:
            await pool.aclose()
