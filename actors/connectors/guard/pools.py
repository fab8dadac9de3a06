"""Idle connections that later requests reuse.

A request reuses a connection only if the tenant, the allow-list, the origin and the checked address are the same.
"""

from __future__ import annotations

import asyncio
import ssl
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from actors.connectors.guard.addresses import Address
from actors.connectors.guard.http1_connection import Http1Connection, Progress, connect

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 4.0
"""Shorter than the 5 s after which Node and other servers close idle connections. If the server closes a connection
while a request is sent, the platform cannot know whether the request arrives."""
MAX_CONNECTIONS_PER_POOL = 160
"""The maximum number of connections of one tenant to one host, to protect the host. A worker can make more calls of a
tenant. The other calls wait here, and their timeouts run meanwhile."""
MAX_POOLS = 512
"""The maximum number of pools. Above it, idle pools are closed early. There are never more pools in use than calls."""


@dataclass(frozen=True)
class PoolKey:
    """The key of a connection pool."""

    tenant_id: uuid.UUID | None
    allowed: tuple[str, ...]
    """The entries of the tenant's allow-list."""
    scheme: str
    host: str
    port: int
    address: Address


class ConnectionPool:
    """The connections to one address."""

    def __init__(self, opened: Callable[[], Awaitable[Http1Connection]]) -> None:
        self.users = 0
        self._opened = opened
        self._room = asyncio.Semaphore(MAX_CONNECTIONS_PER_POOL)
        self._idle: deque[tuple[Http1Connection, float]] = deque()

    @asynccontextmanager
    async def connection(self, progress: Progress, *, new: bool = False) -> AsyncIterator[Http1Connection]:
        """Hold a connection during the block. Raises NotConnectedError."""
        progress.waits = True
        async with self._room:
            progress.waits = False
            wire = (None if new else self._last_used()) or await self._opened()
            yield wire
            if wire.is_open:
                self._idle.append((wire, time.monotonic()))
            self.close_unused()

    @property
    def is_empty(self) -> bool:
        return not (self.users or self._idle)

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()

    def _last_used(self) -> Http1Connection | None:
        stale_before = time.monotonic() - KEEP_ALIVE_SECONDS
        while self._idle:
            wire, used_at = self._idle.pop()
            if used_at > stale_before and wire.is_fresh:
                return wire
            wire.close()
        return None

    def close_unused(self) -> None:
        stale_before = time.monotonic() - KEEP_ALIVE_SECONDS
        while self._idle and self._idle[0][1] < stale_before:
            self._idle.popleft()[0].close()


class LoopPools:
    """All connection pools of one event loop. Only this event loop may use the pools."""

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        self._pools: OrderedDict[PoolKey, ConnectionPool] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None

    def lease(self, key: PoolKey) -> ConnectionPool:
        """Return the connection pool for ``key``, and count the caller as a user of this pool."""
        pool = self._pools.get(key)
        if pool is None:
            tls = self._ssl_context if key.scheme == "https" else None
            opened = partial(connect, Http1Connection, key.address, key.port, tls, key.host, CONNECT_SECONDS)
            pool = self._pools[key] = ConnectionPool(opened)
            pool.users += 1
            self._make_room()
        else:
            pool.users += 1
            self._pools.move_to_end(key)
        return pool

    async def aclose(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        while self._pools:
            _, pool = self._pools.popitem()
            pool.close()
        await asyncio.sleep(0)  # the loop closes sockets in its next iteration, which may be its last

    def _make_room(self) -> None:
        # The pool that has been idle longest, above MAX_POOLS.
        if len(self._pools) > MAX_POOLS:
            idle = next((key for key, pool in self._pools.items() if not pool.users), None)
            if idle is not None:
                self._pools.pop(idle).close()
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(KEEP_ALIVE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        # Repeats itself as long as connections exist.
        for key, pool in list(self._pools.items()):
            pool.close_unused()
            if pool.is_empty:
                del self._pools[key]
        self._sweep = None
        if self._pools:
            self._sweep = asyncio.get_running_loop().call_later(KEEP_ALIVE_SECONDS, self._close_idle)
