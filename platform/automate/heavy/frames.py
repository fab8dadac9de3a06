"""Sends and receives messages on a socket. The length of each message is sent before the message."""

from __future__ import annotations

import socket
import struct
import time

from automate.kernel.limits import KIB

_LENGTH = struct.Struct("!Q")
_PART_BYTES = 64 * KIB


class ClosedError(Exception):
    """The other side closed the socket during a message."""


def send(to: socket.socket, message: bytes) -> None:
    """Send a message. Raises OSError, or TimeoutError after the socket's timeout."""
    to.sendall(_LENGTH.pack(len(message)))
    to.sendall(message)


def receive(source: socket.socket, most: int, deadline: float | None = None) -> bytes:
    """Receive a message of at most ``most`` bytes.

    ``deadline`` is a time on the clock ``time.monotonic``. None means no deadline.

    Raises TimeoutError after the deadline, and ClosedError if the other side has closed the socket. Raises ValueError
    if the message is too long.
    """
    (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size, deadline))
    if length > most:
        raise ValueError(f"a message of {length} bytes; at most {most} are accepted")
    return _exactly(source, length, deadline)


def _exactly(source: socket.socket, length: int, deadline: float | None) -> bytes:
    received = bytearray()
    while len(received) < length:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            source.settimeout(left)
        try:
            part = source.recv(min(length - len(received), _PART_BYTES))
        except ConnectionError:
            part = b""
        if not part:
            raise ClosedError
        received += part
    return bytes(received)
