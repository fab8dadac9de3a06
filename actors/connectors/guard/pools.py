"""Keep-alive connections, kept apart by what was judged: allow-list, origin and the checked address.

A connection is reused only for the same host at the same address under the same allow-list, so that neither a changed
DNS answer nor another tenant's rights, nor a certificate verified for another name, is ever inherited.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from actors.connectors.guard.addresses import Address
from actors.connectors.guard.allow_list import AllowList
from actors.connectors.guard.wire import Wire, connect

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 4.0
"""Below the 5 s after which Node and others close: a request sent while the other side closes may or may not arrive."""
MAX_CONNECTIONS_PER_POOL = 160
"""As many as the calls that a worker makes at once for one tenant: a call that waits here has its time running."""
MAX_POOLS = 256


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

    The connection that was used last is used next, and looked at alone, however many are idle.
    """

    def __init__(self, opened: Callable[[], Awaitable[Wire]]) -> None:
        self.users = 0
        self.used_at = time.monotonic()
        self._opened = opened
        self._room = asyncio.Semaphore(MAX_CONNECTIONS_PER_POOL)
        self._idle: deque[tuple[Wire, float]] = deque()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Wire]:
        """A connection that is the caller's alone until the block ends; it waits where all are taken. Raises NotConnectedError."""
        async with self._room:
            wire = self._last_used() or await self._opened()
            yield wire
            if wire.is_open:
                self._idle.append((wire, time.monotonic()))
            self._close_unused()

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()

    def _last_used(self) -> Wire | None:
        stale_before = time.monotonic() - KEEP_ALIVE_SECONDS
        while self._idle:
            wire, used_at = self._idle.pop()
            if used_at > stale_before and wire.is_fresh:
                return wire
            wire.close()
        return None

    def _close_unused(self) -> None:
        stale_before = time.monotonic() - KEEP_ALIVE_SECONDS
        while self._idle and self._idle[0][1] < stale_before:
            self._idle.popleft()[0].close()


class LoopPools:
    """All pools of one event loop. Not safe across loops."""

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        self._pools: OrderedDict[PoolKey, Pool] = OrderedDict()

    def lease(self, key: PoolKey) -> Pool:
        """The pool for ``key`` with one more user; the caller counts itself off ``users`` when it is done."""
        pool = self._pools.get(key)
        if pool is None:
            tls = self._ssl_context if key.scheme == "https" else None
            opened = partial(connect, Wire, key.address, key.port, tls, key.host, CONNECT_SECONDS)
            pool = self._pools[key] = Pool(opened)
            pool.users += 1
            self._close_idle()
        else:
            pool.users += 1
            pool.used_at = time.monotonic()
            self._pools.move_to_end(key)
        return pool

    async def aclose(self) -> None:
        while self._pools:
            _, pool = self._pools.popitem()
            pool.close()
        await asyncio.sleep(0)  # the loop closes sockets in its next round, which may be its last

    def _close_idle(self) -> None:
        """Least recently used first: those past keep-alive, and as many more as are over the bound."""
        stale_before = time.monotonic() - KEEP_ALIVE_SECONDS
        surplus = len(self._pools) - MAX_POOLS
        idle = [key for key, pool in self._pools.items() if not pool.users]
        closing = [key for place, key in enumerate(idle) if place < surplus or self._pools[key].used_at < stale_before]
        for key in closing:
            self._pools.pop(key).close()
