"""Keep-alive connections, kept apart by what was judged: allow-list, origin and the checked address.

A connection is reused only for the same host at the same address under the same allow-list, so that neither a changed
DNS answer nor another tenant's rights, nor a certificate verified for another name, is ever inherited.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpcore2

from actors.connectors.guard.addresses import Address, parse_address, unmapped
from actors.connectors.guard.allow_list import AllowList

CONNECT_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 4.0
"""Below the 5 s after which Node and others close: a request sent while the other side closes may or may not arrive."""
MAX_CONNECTIONS_PER_POOL = 64
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


@dataclass
class Pool:
    """users: requests in flight; a pool with users is never closed. used_at: seconds of the monotonic clock."""

    connections: httpcore2.AsyncConnectionPool
    users: int = 0
    used_at: float = field(default_factory=time.monotonic)


class PinnedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to one checked address, whatever is asked for: the last line, should the layers above be wrong."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - httpcore's signature
        port: int,
        timeout: float | None = None,
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
            pool = self._pools[key] = Pool(self._connections(key.address))
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
            await pool.connections.aclose()

    def _connections(self, address: Address) -> httpcore2.AsyncConnectionPool:
        return httpcore2.AsyncConnectionPool(
            ssl_context=self._ssl_context,
            max_connections=MAX_CONNECTIONS_PER_POOL,
            max_keepalive_connections=MAX_CONNECTIONS_PER_POOL,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            http1=True,
            http2=False,
            network_backend=PinnedBackend(address),
        )

    async def _close_idle(self) -> None:
        """Least recently used first: those past keep-alive, and as many more as are over the bound."""
        stale_before = time.monotonic() - KEEP_ALIVE_SECONDS
        surplus = len(self._pools) - MAX_POOLS
        idle = [key for key, pool in self._pools.items() if not pool.users]
        closing = [key for place, key in enumerate(idle) if place < surplus or self._pools[key].used_at < stale_before]
        for pool in [self._pools.pop(key) for key in closing]:
            await pool.connections.aclose()
