"""The bytes of a connection: to the checked address and no other, a request in one piece, and known to have left or not."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anyio
import httpcore2

from actors.connectors.guard.addresses import Address, parse_address, unmapped


@dataclass
class Progress:
    """sent: whether any byte of any hop's request may have left. It never goes back."""

    sent: bool = False


class PinnedBackend(httpcore2.AsyncNetworkBackend):
    """Connects to one checked address, whatever is asked for: the last line, should the layers above be wrong.

    progress: of whoever has the connection now.
    """

    progress: Progress

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
        return _Stream(stream, self)


class _Stream(httpcore2.AsyncNetworkStream):
    """Holds back what is written until an answer is asked for: httpcore writes head and body apart, and each packet
    costs both sides a system call and a wake-up.
    """

    def __init__(self, stream: httpcore2.AsyncNetworkStream, backend: PinnedBackend) -> None:
        self._stream = stream
        self._backend = backend
        self._held: list[bytes] = []
        self._socket: socket.socket | None = stream.get_extra_info("socket")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's too
        # As httpcore has it: who refuses a request early may have answered it all the same.
        with suppress(httpcore2.WriteError):
            await self._send(timeout)
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore's too
        self._held.append(buffer)

    async def aclose(self) -> None:
        self._held.clear()
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's too
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._backend)
        except BaseException:
            # The deadline cuts off a handshake, too, and then httpcore leaves the socket open.
            with anyio.CancelScope(shield=True):
                await self.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._socket is not None:
            # Asked before each request, and AnyIO would ask the kernel for both addresses first. It does not read from
            # an idle connection, so that nothing but us closes the socket.
            poll = select.poll()
            poll.register(self._socket, select.POLLIN)
            return bool(poll.poll(0))
        return self._stream.get_extra_info(info)

    async def _send(self, seconds: float | None) -> None:
        if self._held:
            held, self._held = b"".join(self._held), []
            self._backend.progress.sent = True
            await self._stream.write(held, seconds)
