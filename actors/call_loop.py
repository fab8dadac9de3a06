"""The event loop that runs all calls of connectors."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from functools import lru_cache

import structlog
import uvloop

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def call_loop() -> asyncio.AbstractEventLoop:
    # With uvloop, a call costs a sixth less.
    loop = uvloop.new_event_loop()
    loop.set_exception_handler(_log_unretrieved)
    threading.Thread(target=_keep_running, args=(loop,), name="connector-calls", daemon=True).start()
    return loop


def _log_unretrieved(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    # The text of the exception is not logged, because it may contain a secret.
    error = context.get("exception")
    log.error(
        "a task on the loop of calls failed, and no caller waits for it", error=type(error).__name__ if error else ""
    )


def _keep_running(loop: asyncio.AbstractEventLoop) -> None:
    # If a connector's background task stops the loop, the loop starts again.
    while True:
        try:
            loop.run_forever()
            log.warning("the loop of connector calls was stopped from within; it continues")
        except BaseException as error:  # noqa: BLE001 - an exit in a stranger's task
            log.warning("a connector tried to end the process from a background task", error=type(error).__name__)


class Turns:
    """Detects that a connector blocks the event loop."""

    _asked_at: float | None = None

    def silent_seconds(self) -> float:
        """Return the seconds since the open check of the event loop began.

        If no check is open, because the event loop has answered the last check, return 0 and start a new check.
        """
        asked_at = self._asked_at
        if asked_at is not None:
            return time.monotonic() - asked_at
        if call_loop.cache_info().currsize:
            self._asked_at = time.monotonic()
            call_loop().call_soon_threadsafe(self._answer)
        return 0.0

    def _answer(self) -> None:
        self._asked_at = None


turns = Turns()


def later(seconds: float, act: Callable[[], None]) -> None:
    """Run a short function on the event loop's thread after a delay."""
    loop = call_loop()
    loop.call_soon_threadsafe(loop.call_later, seconds, act)
