"""A real HTTP server that closes a kept connection at the worst time: after it read the next request, without an answer."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import BinaryIO, Literal

from typing_extensions import Self

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
How = Literal["FIN", "RST"]


class IdleCloser:
    """Each connection answers good requests and drops the next one.

    requests: the heads of all that came. cut: a part of an answer that is sent before a connection is dropped.
    """

    def __init__(self, *, how: How = "FIN", good: int = 1, cut: bytes = b"") -> None:
        self.how, self.good, self.cut = how, good, cut
        self.requests: list[bytes] = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                accepted, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        with accepted, suppress(OSError):
            stream = accepted.makefile("rb")
            for _ in range(self.good):
                if not self._read(stream):
                    return
                accepted.sendall(OK)
            self._read(stream)
            if self.cut:
                accepted.sendall(self.cut)
            if self.how == "RST":
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # The file holds the socket, too.
            stream.close()

    def _read(self, stream: BinaryIO) -> bool:
        """One request with its body."""
        head, size = b"", 0
        for line in iter(stream.readline, b"\r\n"):
            if not line:
                return False
            head += line
            if line.lower().startswith(b"content-length:"):
                size = int(line.partition(b":")[2])
        stream.read(size)
        self.requests.append(head)
        return True
