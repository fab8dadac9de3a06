"""A minimal loopback receiver in its own process, so that the measurement is about the client."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.sharedctypes import Synchronized

BODY = b'{"ok": true}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)


class _Http(asyncio.Protocol):
    def __init__(self, count: Synchronized[int], answer_seconds: float) -> None:
        self.count = count
        self.answer_seconds = answer_seconds
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            head, separator, rest = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
            )
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            self.count.value += 1
            if self.answer_seconds:
                asyncio.get_running_loop().call_later(self.answer_seconds, self.transport.write, ANSWER)  # type: ignore[attr-defined]
            else:
                self.transport.write(ANSWER)  # type: ignore[attr-defined]


def _serve(port: Synchronized[int], count: Synchronized[int], answer_seconds: float) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Http(count, answer_seconds), "127.0.0.1", 0, backlog=512)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(main())


class Receiver:
    def __init__(self, port: int, count: Synchronized[int]) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._count = count

    @property
    def received(self) -> int:
        return self._count.value


@contextmanager
def receiver(answer_seconds: float = 0.0) -> Iterator[Receiver]:
    """answer_seconds: what each answer takes."""
    context = multiprocessing.get_context("spawn")
    port, count = context.Value("i", 0), context.Value("q", 0)
    process = context.Process(target=_serve, args=(port, count, answer_seconds), daemon=True)
    process.start()
    while port.value == 0 and process.is_alive():
        process.join(0.02)
    try:
        yield Receiver(port.value, count)
    finally:
        process.terminate()
        process.join()
