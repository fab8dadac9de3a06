"""A future that resumes its task at once.

A future of asyncio resumes its task in the next turn of the event loop. Each turn takes Python's lock again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context, copy_context

_Callback = Callable[["Resumption"], object]


class Resumption:
    """An event that one task awaits. Not thread-safe: all methods run in the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asyncio_future_blocking = False
        """Set for asyncio's tasks: the object that a task awaits is a future."""
        self._done = self._cancelled = False
        self._waiting: list[tuple[_Callback, Context]] = []

    def resume(self) -> None:
        """Resume the waiting task. Call this only from a callback of the event loop, not from a task."""
        if self._done:
            return
        self._done = True
        for callback, context in self._taken():
            context.run(callback, self)

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002 - asyncio's call
        """Cancel the wait. asyncio calls this method when the waiting task is cancelled."""
        if self._done:
            return False
        self._done = self._cancelled = True
        for callback, context in self._taken():
            self._loop.call_soon(callback, self, context=context)
        return True

    def done(self) -> bool:
        return self._done

    def result(self) -> None:
        """Raise CancelledError if the wait was cancelled."""
        if self._cancelled:
            raise asyncio.CancelledError

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(self, callback: _Callback, *, context: Context | None = None) -> None:
        """Call ``callback`` when the wait ends. asyncio passes the function that resumes the task."""
        self._waiting.append((callback, context or copy_context()))

    def remove_done_callback(self, callback: _Callback) -> int:
        left = [entry for entry in self._waiting if entry[0] != callback]
        removed, self._waiting = len(self._waiting) - len(left), left
        return removed

    def __await__(self) -> Generator[Resumption, None, None]:
        if not self._done:
            self._asyncio_future_blocking = True
            yield self
        self.result()

    def _taken(self) -> list[tuple[_Callback, Context]]:
        waiting, self._waiting = self._waiting, []
        return waiting
