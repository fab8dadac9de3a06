"""Servers of tests: their connections and threads end with them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Connections:
    """The tasks that serve the connections of a server."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @contextmanager
    def serving(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Serve one connection. The other side may hang up at any time."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def end(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextmanager
def serving_http(port: int, handler: type[BaseHTTPRequestHandler]) -> Iterator[None]:
    """A web server in a thread."""
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield
        finally:
            server.shutdown()
            serving.join()
