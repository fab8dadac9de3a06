"""Sends one request through the outbound guard."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urljoin

import anyio
import httpx2

from actors.connectors.base import ConnectorError
from actors.connectors.guard.allow_list import parse_allow_list
from actors.connectors.guard.bodies import ACCEPT_ENCODING, decoded
from actors.connectors.guard.caching_resolver import REMEMBER_SECONDS, CachingResolver, Resolver, system_resolver
from actors.connectors.guard.call_state import check_reach, may_repeat, note_departure
from actors.connectors.guard.failures import REDIRECTS, TIMED_OUT, NotConnectedError, StaleConnectionError
from actors.connectors.guard.headers import Header, checked_headers, for_another_origin, without_body
from actors.connectors.guard.http1_connection import Progress, ResponseParts, connect
from actors.connectors.guard.lines import LineStream
from actors.connectors.guard.pools import CONNECT_SECONDS, MAX_CONNECTIONS_PER_POOL, ConnectionPool, LoopPools, PoolKey
from actors.connectors.guard.ports import Ports
from actors.connectors.guard.resolver import checked_addresses
from actors.connectors.guard.targets import CallTarget, parse_host, parse_target, refused
from automate.kernel.tenancy import acting_tenant_id

MAX_REDIRECTS = 5
MAX_RESPONSE_BYTES = 1024 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SEE_OTHER = 303
_SUCCESS = range(200, 300)
_KEEP_METHOD = frozenset({307, 308})
_EXPECT_A_BODY = frozenset({"POST", "PUT", "PATCH"})
_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ /[!-~]* HTTP/1\.1")


@dataclass(frozen=True)
class OutboundRequest:
    """One request."""

    method: str
    url: str = field(repr=False)
    headers: Sequence[Header] = field(repr=False)
    body: bytes = field(repr=False)
    timeout_seconds: float
    """The time limit of the whole request, including DNS and redirects."""
    allowed_networks: Sequence[str]
    follow_redirects: bool = False
    max_bytes: int = MAX_RESPONSE_BYTES
    """The maximum size of the decoded answer."""
    harmless: bool = False
    """True if a repetition of the request changes nothing. Such a request needs no permission of the call to be
    repeated."""


@dataclass(frozen=True)
class OutboundResponse:
    """The answer."""

    status: int
    """The status of the last hop."""
    headers: Sequence[Header] = field(repr=False)
    """Names in lower case, in order."""
    body: bytes = field(repr=False)
    """Decompressed. Empty if it cannot be decompressed and the status is not a success."""
    url: str = field(default="", repr=False)
    """The URL of the last hop; empty if no redirect was followed."""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True)
class _Hop:
    method: str
    target: CallTarget
    headers: Sequence[Header]
    body: bytes
    harmless: bool


@dataclass(frozen=True)
class _OfLoop:
    # Closed when the event loop ends.
    pools: LoopPools
    names: CachingResolver
    keeper: AsyncGenerator[None, None]


class Guard:
    """The outbound guard, shared by all connectors of a process."""

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
        self._ssl_context = self._line_context = ssl_context
        self._loops: dict[asyncio.AbstractEventLoop, _OfLoop] = {}
        self._loops_lock = threading.Lock()

    async def send(self, request: OutboundRequest) -> OutboundResponse:
        """Send a request and return the answer. The answer can have any status.

        Raises ConnectorError if no complete answer arrives.
        """
        progress = Progress()
        with anyio.move_on_after(request.timeout_seconds):
            try:
                return await self._follow(request, progress)
            except ConnectorError as error:
                error.arrived = error.arrived or progress.sent
                error.unsent = not progress.sent
                raise
            finally:
                if progress.sent:
                    note_departure()
        sent = "sent, and no complete answer arrived" if progress.sent else "not sent"
        if progress.waits:
            sent += f": the tenant has {MAX_CONNECTIONS_PER_POOL} calls to this host in flight"
        late = ConnectorError.of(
            TIMED_OUT,
            f"The call did not end within {request.timeout_seconds:g} s. The request was {sent}.",
            details={"asked": False} if progress.waits else None,
            arrived=progress.sent,
        )
        late.unsent = not progress.sent
        raise late

    async def connect(self, host: str, port: int, allowed_networks: Sequence[str], ports: Ports) -> LineStream:
        """Open an unencrypted connection for a line protocol such as SMTP. Raises ConnectorError."""
        try:
            stream = await self._connect(host, port, allowed_networks, ports)
        except ConnectorError as error:
            error.unsent = True
            raise
        note_departure()
        return stream

    async def _connect(self, host: str, port: int, allowed_networks: Sequence[str], ports: Ports) -> LineStream:
        own = await self._of_loop()
        target = parse_host(host, port)
        check_reach(target)
        allowed = parse_allow_list(tuple(allowed_networks))
        *others, last = await checked_addresses(target, allowed, own.names, ports)
        # A separate context, because the other one announces HTTP, which strict mail servers refuse.
        self._line_context = self._line_context or httpx2.create_ssl_context()
        opened = partial(LineStream, target.host, self._line_context)
        for address in others:
            with suppress(NotConnectedError):
                return await connect(opened, address, target.port, None, target.host, CONNECT_SECONDS)
        return await connect(opened, last, target.port, None, target.host, CONNECT_SECONDS)

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        with self._loops_lock:
            entry = self._loops.pop(asyncio.get_running_loop(), None)
        if entry is not None:
            await entry.keeper.aclose()

    async def _follow(self, request: OutboundRequest, progress: Progress) -> OutboundResponse:
        entries = tuple(request.allowed_networks)
        headers = checked_headers(request.headers)
        first = hop = _Hop(request.method, parse_target(request.url), headers, request.body, request.harmless)
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._exchange(hop, entries, request.max_bytes, progress)
            location = response.header("location")
            if not request.follow_redirects or response.status not in _REDIRECTS or location is None:
                return response if hop is first else replace(response, url=hop.target.url)
            hop = _next_hop(hop, response.status, location)
        raise ConnectorError.of(
            REDIRECTS, f"The URL led through more than {MAX_REDIRECTS} redirects. Use the final URL."
        )

    async def _exchange(
        self, hop: _Hop, entries: tuple[str, ...], max_bytes: int, progress: Progress
    ) -> OutboundResponse:
        check_reach(hop.target)
        own = await self._of_loop()
        place = partial(PoolKey, acting_tenant_id(), entries, *hop.target.origin)
        *others, last = await checked_addresses(hop.target, parse_allow_list(entries), own.names)
        for address in others:
            with suppress(NotConnectedError):
                return await _exchange_at(own.pools, place(address), hop, max_bytes, progress)
        return await _exchange_at(own.pools, place(last), hop, max_bytes, progress)

    async def _of_loop(self) -> _OfLoop:
        loop = asyncio.get_running_loop()
        entry = self._loops.get(loop)
        if entry is None:
            with self._loops_lock:
                # Loading the trust store takes time and memory, which a process without calls does not need.
                self._ssl_context = self._ssl_context or httpx2.create_ssl_context()
                self._ssl_context.set_alpn_protocols(["http/1.1"])
                for other in [other for other in self._loops if other.is_closed()]:
                    del self._loops[other]
                pools = LoopPools(self._ssl_context)
                names = CachingResolver(self._resolver, self._remember_seconds)
                entry = self._loops[loop] = _OfLoop(pools, names, _close_with_loop(pools))
            await entry.keeper.__anext__()
        return entry


async def _exchange_at(
    pools: LoopPools, key: PoolKey, hop: _Hop, max_bytes: int, progress: Progress
) -> OutboundResponse:
    # The host may have closed an idle connection. The request is then sent again on a new connection, unless it is unsafe
    # and may have arrived.
    request = _on_the_wire(hop)
    pool = pools.lease(key)
    carried = partial(_carried, pool, request, progress, bodiless=hop.method == "HEAD", max_bytes=max_bytes)
    try:
        try:
            answer = await carried(new=False)
        except StaleConnectionError as error:
            if error.sent and not may_repeat(hop.method, harmless=hop.harmless):
                raise
            answer = await carried(new=True)
    finally:
        pool.users -= 1
    return OutboundResponse(answer.status, answer.headers, _body_of(answer, max_bytes))


async def _carried(
    pool: ConnectionPool, request: bytes, progress: Progress, *, new: bool, bodiless: bool, max_bytes: int
) -> ResponseParts:
    async with pool.connection(progress, new=new) as wire:
        return await wire.exchange(request, progress, bodiless=bodiless, max_bytes=max_bytes)


def _body_of(answer: ResponseParts, max_bytes: int) -> bytes:
    encoding = ", ".join(value for name, value in answer.headers if name == "content-encoding")
    try:
        return decoded(bytes(answer.body), encoding, max_bytes)
    except ConnectorError:
        if answer.status in _SUCCESS:
            raise
        # The status determines the error, although the body cannot be read.
        return b""


async def _close_with_loop(pools: LoopPools) -> AsyncGenerator[None, None]:
    # This generator stays suspended until `loop.shutdown_asyncgens()` closes it.
    try:
        yield
    finally:
        await pools.aclose()


def _on_the_wire(hop: _Hop) -> bytes:
    target = hop.target
    line = f"{hop.method} {target.path} HTTP/1.1".encode("ascii")
    if not _REQUEST_LINE.fullmatch(line):  # the last check, as for the address: both were built and checked above
        raise refused("its path or the method cannot be sent")
    headers = [("Host", target.authority), ("Accept-Encoding", ACCEPT_ENCODING), *hop.headers]
    if hop.body or hop.method in _EXPECT_A_BODY:
        headers.append(("Content-Length", str(len(hop.body))))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return b"%b\r\n%b\r\n%b" % (line, head.encode(), hop.body)


def _next_hop(hop: _Hop, status: int, location: str) -> _Hop:
    # RFC 9110 15.4. The new URL is checked like the first URL.
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
        return _Hop("GET", target, without_body(headers), b"", hop.harmless)
    if hop.body and target.origin != hop.target.origin:
        message = "The URL redirects to another origin. The request's body may contain a secret, so the body is not sent there. Call the new URL directly."
        raise ConnectorError.of(REDIRECTS, message)
    return replace(hop, target=target, headers=headers)
