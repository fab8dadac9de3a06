"""A receiver of the webhooks that we send to endpoints."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import Self

from tests.support.raw_server import Exchange, RawServer, answer

if TYPE_CHECKING:
    from tests.support.plane import Plane

S = TypeVar("S")


@contextmanager
def threaded(server: AbstractAsyncContextManager[S]) -> Iterator[S]:
    """A server of asyncio's, in a thread and on a loop of its own, beside workers that are threads too."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="server of a test")
    thread.start()
    running = asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
    try:
        yield running
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Hook:
    """A receiver in a thread of its own. statuses: one for each message, the last one for ever. taken: what came."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses)
        self._server = RawServer(self._reply)
        self._running = threaded(self._server)

    def __enter__(self) -> Self:
        self._running.__enter__()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._running.__exit__(None, None, None)

    @property
    def url(self) -> str:
        return f"{self._server.url}hook"

    @property
    def taken(self) -> Sequence[Exchange]:
        return self._server.exchanges

    async def _reply(self, exchange: Exchange) -> None:
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        await exchange.send(answer(f"{status} Status", b"" if status == 204 else b"no"))


def settle(plane: Plane) -> None:
    """Work until nothing is due and no call is under way."""
    plane.drain()
    plane.until(
        lambda: plane.drain() is None and not plane.rows("SELECT 1 FROM step_run WHERE state = 'running' LIMIT 1")
    )
