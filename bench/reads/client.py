"""Eight connections that send the same requests in turn, without a library: each after its last answer, or at set
times."""

from __future__ import annotations

import math
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

CONNECTIONS = 8
CHUNK = 262_144
LENGTH = b"content-length: "
OK = b"HTTP/1.1 200"


@dataclass(frozen=True)
class Asked:
    """answers: the number of answers within so many seconds."""

    answers: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def post(path: str, body: bytes, headers: str = "") -> bytes:
    """The bytes of a request. headers: further lines, each with its line end."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def one(port: int, request: bytes) -> bytes:
    """The body of one answer. Raises ValueError for another status than 200."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        found = b""
        while (size := _size(found)) is None or len(found) < size:
            chunk = connection.recv(CHUNK)
            if not chunk:
                raise ConnectionError(found[:200])
            found += chunk
    head, _, body = found.partition(b"\r\n\r\n")
    if not head.startswith(OK):
        raise ValueError(found[:500])
    return body


def ask(port: int, requests: Sequence[bytes], seconds: float) -> Asked:
    """Send requests for so many seconds, as fast as answers arrive. Raises ValueError for another status than 200."""
    return _asked([port], requests, seconds, math.inf)


def offer(ports: Sequence[int], requests: Sequence[bytes], per_second: float, seconds: float) -> Asked:
    """Send so many requests a second to the ports in turn, for so many seconds.

    Raises ValueError for another status than 200.
    """
    return _asked(ports, requests, seconds, per_second)


def _asked(ports: Sequence[int], requests: Sequence[bytes], seconds: float, per_second: float) -> Asked:
    with selectors.DefaultSelector() as selector:
        parts: dict[socket.socket, tuple[bytes, int]] = {}
        idle: deque[socket.socket] = deque()
        sent = answers = 0
        for place in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", ports[place % len(ports)]))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ)
            parts[connection] = (b"", 0)
            idle.append(connection)
        began = time.perf_counter()
        # A busy machine may need longer than that for the first answer.
        while (passed := time.perf_counter() - began) < seconds or not answers:
            while idle and sent <= passed * per_second:
                idle.popleft().sendall(requests[sent % len(requests)])
                sent += 1
            # Wait until the next request is due and a connection is free.
            for key, _ in selector.select(max(0.0, (sent / per_second) - passed) if idle else 1.0):
                connection = key.fileobj  # type: ignore[assignment]
                chunk = connection.recv(CHUNK)
                found, size = parts[connection]
                found += chunk
                size = size or _size(found) or 0
                if not chunk or (found and not found.startswith(OK[: len(found)])):
                    raise ValueError(found[:500])
                if not size or len(found) < size:
                    parts[connection] = (found, size)
                    continue
                answers += 1
                parts[connection] = (b"", 0)
                idle.append(connection)
        took = time.perf_counter() - began
        for connection in parts:
            connection.close()
    return Asked(answers, took)


def _size(found: bytes) -> int | None:
    """The size of the whole answer; None while its head is incomplete."""
    end = found.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = found[:end].lower()
    at = head.find(LENGTH)
    if at < 0:
        raise ValueError(found[:500])
    return end + 4 + int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])
