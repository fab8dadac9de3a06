"""Writes the head of an answer together with its body.

uvicorn writes the head first, and then the body. Each write is a system call, and can wake the client.
"""

from __future__ import annotations

import asyncio

from automate.kernel.limits import KIB

MOST_JOINED_BYTES = 32 * KIB
"""Joining copies the body. A larger body is written separately."""
_INTERIM = b"HTTP/1.1 100 "
_LENGTH, _EMPTY = b"\r\ncontent-length: ", b"\r\ncontent-length: 0\r\n"


class JoiningTransport:
    """The transport of one HTTP answer. It writes the head of the answer together with a short body.

    A head with a content length waits until the body begins. Any other head is written at once.
    """

    __slots__ = ("_head", "_joins", "_transport")

    def __init__(self, transport: asyncio.Transport, *, joins: bool) -> None:
        """Wrap ``transport``. If an answer has no body, as after a HEAD request, pass ``joins=False`` to write its head at once."""
        self._transport = transport
        self._joins = joins
        self._head = b""

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            if len(data) <= MOST_JOINED_BYTES:
                data = head + data
            else:
                self._transport.write(head)
        elif self._joins and not data.startswith(_INTERIM):
            self._joins = False
            # A stream declares no length. Its first part may take long, so its head is written at once.
            if _LENGTH in data and _EMPTY not in data:
                self._head = data
                return
        self._transport.write(data)

    def close(self) -> None:
        if self._head:
            self.write(b"")
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str) -> object:
        return self._transport.get_extra_info(name)
