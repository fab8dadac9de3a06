"""Limits how often clients start work that costs them nothing, such as opening a WebSocket.

Clients with different addresses are served in turn. So one client cannot delay other clients.
"""

from __future__ import annotations

import asyncio
from collections import deque

from automate.serving.fair_threads import busy

TURNS_PER_SECOND, TURNS_AT_ONCE = 50, 50
MOST_WAITING = 2_000
TICK_SECONDS = 0.02


class ConnectionPace:
    """Serves waiting clients round-robin by address, at a limited rate. Each event loop has one object of this class."""

    def __init__(self) -> None:
        self._turns = float(TURNS_AT_ONCE)
        self._at = 0.0
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}
        self._waiting = 0

    async def turn(self, address: str) -> None:
        """Wait until a client with this address is allowed to continue. Raises UNAVAILABLE if too many clients wait."""
        loop = asyncio.get_running_loop()
        self._refill(loop.time())
        if not self._lines and self._turns >= 1:
            self._turns -= 1
            return
        if self._waiting >= MOST_WAITING:
            raise busy()
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting += 1
        if not self._lines:
            loop.call_later(TICK_SECONDS, self._tick, loop)
        self._lines.setdefault(address, deque()).append(mine)
        try:
            await mine
        finally:
            self._waiting -= 1

    def _refill(self, now: float) -> None:
        self._turns = min(float(TURNS_AT_ONCE), self._turns + (now - self._at) * TURNS_PER_SECOND)
        self._at = now

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._refill(loop.time())
        while self._lines and self._turns >= 1:
            address = next(iter(self._lines))
            line = self._lines.pop(address)
            mine = line.popleft()
            if line:
                self._lines[address] = line
            # A client that has disconnected in the meantime costs no turn.
            if not mine.done():
                self._turns -= 1
                mine.set_result(None)
        if self._lines:
            loop.call_later(TICK_SECONDS, self._tick, loop)
