"""Send one request through the guard: judge, connect, follow redirects where asked, read under bounds, by one deadline."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

import anyio
import httpcore2

from actors.connectors.base import ConnectorError
from actors.connectors.guard.addresses import Address
from actors.connectors.guard.allow_list import AllowList, parse_allow_list
from actors.connectors.guard.bodies import ACCEPT_ENCODING, read_body
from actors.connectors.guard.failures import as_connector_error
from actors.connectors.guard.headers import Header, checked_headers, for_another_origin, without_body
from actors.connectors.guard.pools import CONNECT_SECONDS, LoopPools, PoolKey
from actors.connectors.guard.resolver import (
    REMEMBER_SECONDS,
    RememberedAnswers,
    Resolver,
    checked_addresses,
    system_resolver,
)
from actors.connectors.guard.streams import Progress
from actors.connectors.guard.targets import Target, parse_target, refused

MAX_REDIRECTS = 5
MAX_RESPONSE_BYTES = 1024 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER = 303
_KEEP_METHOD = frozenset({307, 308})
_EXPECT_A_BODY = frozenset({"POST", "PUT", "PATCH"})
_TIMEOUTS = {"connect": CONNECT_SECONDS, "read": None, "write": None, "pool": None}  # the one deadline bounds the rest


@dataclass(frozen=True)
class OutboundRequest:
    """One effect to cause. timeout_seconds: for everything, DNS and redirects in. max_bytes: of the decoded answer."""

    method: str
    url: str = field(repr=False)
    headers: Sequence[Header] = field(repr=False)
    body: bytes = field(repr=False)
    timeout_seconds: float
    allowed_networks: Sequence[str]
    follow_redirects: bool = False
    max_bytes: int = MAX_RESPONSE_BYTES


@dataclass(frozen=True)
class OutboundResponse:
    """status: the last hop's. headers: lower-case names, in order. body: decompressed."""

    status: int
    headers: Sequence[Header] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True)
class _Hop:
    method: str
    target: Target
    headers: Sequence[Header]
    body: bytes


@dataclass(frozen=True)
class _OfLoop:
    """What belongs to one event loop; the keeper ends with the loop and closes the pools."""

    pools: LoopPools
    names: RememberedAnswers
    keeper: AsyncGenerator[None, None]


class Guard:
    """Shared by all connectors of a process; keeps one set of connection pools for each event loop that uses it.

    ssl_context: must verify certificates and names; the system's trust store by default.
    remember_seconds: how long a DNS answer serves further calls.
    """

    def __init__(
        self,
        *,
        resolver: Resolver = system_resolver,
        ssl_context: ssl.SSLContext | None = None,
        remember_seconds: float = REMEMBER_SECONDS,
    ) -> None:
        self._resolver = resolver
        self._remember_seconds = remember_seconds
        if ssl_context and (ssl_context.verify_mode is not ssl.CERT_REQUIRED or not ssl_context.check_hostname):
            raise ValueError("the guard takes only an SSL context that verifies certificates and host names")
        self._ssl_context = ssl_context
        self._loops: dict[asyncio.AbstractEventLoop, _OfLoop] = {}
        self._loops_lock = threading.Lock()

    async def send(self, request: OutboundRequest) -> OutboundResponse:
        """The answer, whatever its status. ConnectorError where there is none, with ``arrived`` set truthfully."""
        progress = Progress()
        with anyio.move_on_after(request.timeout_seconds):
            try:
                return await self._follow(request, progress)
            except ConnectorError as error:
                error.arrived = error.arrived or progress.sent
                raise
            except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
                raise as_connector_error(error, arrived=progress.sent) from error
        sent = "sent, and no whole answer came" if progress.sent else "not sent"
        raise ConnectorError(
            "CONNECTOR_TIMEOUT",
            f"The call did not end within {request.timeout_seconds:g} s; the request was {sent}.",
            arrived=progress.sent,
        )

    async def aclose(self) -> None:
        """Close the running loop's connections. ``asyncio.run`` does so by itself at its end."""
        with self._loops_lock:
            entry = self._loops.pop(asyncio.get_running_loop(), None)
        if entry is not None:
            await entry.keeper.aclose()

    async def _follow(self, request: OutboundRequest, progress: Progress) -> OutboundResponse:
        allowed = parse_allow_list(tuple(request.allowed_networks))
        hop = _Hop(request.method, parse_target(request.url), checked_headers(request.headers), request.body)
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._exchange(hop, allowed, request.max_bytes, progress)
            location = response.header("location")
            if not request.follow_redirects or response.status not in _REDIRECTS or location is None:
                return response
            hop = _next_hop(hop, response.status, location)
        raise ConnectorError("CONNECTOR_REFUSED", f"The URL led through more than {MAX_REDIRECTS} redirects.")

    async def _exchange(self, hop: _Hop, allowed: AllowList, max_bytes: int, progress: Progress) -> OutboundResponse:
        own = await self._of_loop()
        origin = hop.target.origin
        *others, last = await checked_addresses(hop.target, allowed, own.names)
        for address in others:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return await _exchange_at(own.pools, PoolKey(allowed, *origin, address), hop, max_bytes, progress)
        return await _exchange_at(own.pools, PoolKey(allowed, *origin, last), hop, max_bytes, progress)

    async def _of_loop(self) -> _OfLoop:
        loop = asyncio.get_running_loop()
        entry = self._loops.get(loop)
        if entry is None:
            with self._loops_lock:
                # Reading the trust store takes time and memory that a process which never calls out does not spend.
                self._ssl_context = self._ssl_context or httpcore2.default_ssl_context()
                for other in [other for other in self._loops if other.is_closed()]:
                    del self._loops[other]
                pools = LoopPools(self._ssl_context)
                names = RememberedAnswers(self._resolver, self._remember_seconds)
                entry = self._loops[loop] = _OfLoop(pools, names, _close_with_loop(pools))
            await entry.keeper.__anext__()
        return entry


async def _exchange_at(
    pools: LoopPools, key: PoolKey, hop: _Hop, max_bytes: int, progress: Progress
) -> OutboundResponse:
    pool = await pools.lease(key)
    try:
        async with pool.connection(progress) as connection:
            response = await connection.handle_async_request(_on_the_wire(hop, key.address))
            try:
                headers = [(name.decode("ascii").lower(), _text(value)) for name, value in response.headers]
                encoding = ", ".join(value for name, value in headers if name == "content-encoding")
                body = await read_body(response.aiter_stream(), encoding, max_bytes)
            finally:
                await response.aclose()
    finally:
        pool.users -= 1
    return OutboundResponse(response.status, headers, body)


async def _close_with_loop(pools: LoopPools) -> AsyncGenerator[None, None]:
    """Suspended for the loop's life: ``loop.shutdown_asyncgens()`` ends it, and with it the connections."""
    try:
        yield
    finally:
        await pools.aclose()


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _on_the_wire(hop: _Hop, address: Address) -> httpcore2.Request:
    target = hop.target
    headers = [
        (b"Host", target.authority.encode("ascii")),
        (b"Accept-Encoding", ACCEPT_ENCODING.encode("ascii")),
        *((name.encode("ascii"), value.encode()) for name, value in hop.headers),
    ]
    if hop.body or hop.method in _EXPECT_A_BODY:
        headers.append((b"Content-Length", str(len(hop.body)).encode("ascii")))
    return httpcore2.Request(
        hop.method.encode("ascii"),
        httpcore2.URL(
            scheme=target.scheme.encode("ascii"),
            host=str(address).encode("ascii"),
            port=target.port,
            target=target.path.encode("ascii"),
        ),
        headers=headers,
        content=hop.body,
        extensions={"timeout": _TIMEOUTS, "sni_hostname": target.host},
    )


def _next_hop(hop: _Hop, status: int, location: str) -> _Hop:
    """The request that RFC 9110 15.4 asks for; the new target is judged like the first."""
    try:
        url = urljoin(hop.target.url, location)
    except ValueError:
        raise refused("the redirect's Location is malformed") from None
    target = parse_target(url)
    headers = hop.headers if target.origin == hop.target.origin else for_another_origin(hop.headers)
    becomes_get = (status == _SEE_OTHER and hop.method != "HEAD") or (
        status not in _KEEP_METHOD and hop.method == "POST"
    )
    if becomes_get:
        return _Hop("GET", target, without_body(headers), b"")
    return replace(hop, target=target, headers=headers)
