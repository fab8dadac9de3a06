"""A timer that many requests share.

Without the shared timer, each request would use its own timer of uvloop. To close such a timer, uvloop needs one
more turn of the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Alarm:
    """A function that a ``SharedTimer`` will call."""

    __slots__ = ("_call", "_waiting", "at")

    def __init__(self, waiting: dict[Alarm, None], at: float, call: Callable[[], object]) -> None:
        self._waiting = waiting
        self.at = at
        """The loop's time of the call."""
        self._call: Callable[[], object] | None = call

    def cancel(self) -> None:
        """Cancel the scheduled call. Cancelling has no effect if the function was already called."""
        self._call = None
        self._waiting.pop(self, None)

    def ring(self) -> None:
        # The alarm may be cancelled in the turn of the event loop in which it is due.
        if self._call is not None:
            self._call()


class SharedTimer:
    """Calls functions after a fixed delay. All these functions share one timer of the event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        # The time is the same for all, so the first one is due first.
        self._waiting: dict[Alarm, None] = {}

    def call_later(self, call: Callable[[], object]) -> Alarm:
        """Call a function in the running event loop, after the fixed delay of this timer."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # The alarms of an earlier loop ended with it.
            self._loop, self._waiting = loop, {}
            loop.call_later(self._seconds, self._ring, self._waiting)
        alarm = Alarm(self._waiting, loop.time() + self._seconds, call)
        self._waiting[alarm] = None
        return alarm

    def _ring(self, waiting: dict[Alarm, None]) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        while (first := next(iter(waiting), None)) is not None and first.at <= now:
            del waiting[first]
            loop.call_soon(first.ring)
        if first is not None:
            loop.call_at(first.at, self._ring, waiting)
        elif waiting is self._waiting:
            self._loop = None
