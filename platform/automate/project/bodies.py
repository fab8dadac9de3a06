"""Request bodies, bounded: each in bytes and in time, and all of a process together in bytes.

A body that comes in one piece, as most do, passes with a few additions. Of those that come in pieces, the one that has
been silent longest gives way when memory is short, so that senders who stop halfway cannot keep others out.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import RETRY_AFTER_SECONDS
from automate.kernel.limits import MIB, Limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MOST_BODY_BYTES = Limits().event_bytes
TOO_LARGE = bytes(MOST_BODY_BYTES + 1)
"""In place of a larger body: the view sees that there is too much and refuses it in its own words, and nothing is held."""
HELD_BYTES = 64 * MIB
SILENT_SECONDS = 5.0
BODY_SECONDS = 30.0


class DisconnectedError(Exception):
    """The client went away before its request was whole."""


@dataclass(frozen=True)
class Body:
    """whole: nothing more comes. held: bytes to give back to ``Bodies``."""

    content: bytes
    whole: bool
    held: int


def busy() -> NormalizedError:
    return NormalizedError(
        "UNAVAILABLE",
        "Too many requests wait here at once. Send this one again in a moment.",
        details={"retry_after_seconds": RETRY_AFTER_SECONDS},
    )


def too_slow() -> NormalizedError:
    return NormalizedError(
        "REQUEST_TIMEOUT",
        f"The body did not arrive: a request may be silent for {SILENT_SECONDS:g} seconds and take {BODY_SECONDS:g}. "
        "Send it again, faster or in smaller parts.",
        details={"silent_seconds": SILENT_SECONDS, "body_seconds": BODY_SECONDS},
    )


class Bodies:
    """All bodies that a process holds. For one event loop. held: bytes of those being read or worked on."""

    def __init__(self, most: int = HELD_BYTES) -> None:
        self.most = most
        self.held = 0
        # Those that come in pieces, the longest silent first.
        self._readers: dict[_Reader, None] = {}

    async def read(self, receive: Receive, declared: int = 0) -> Body:
        """declared: the bytes that the request says it has. Give what is held back with ``release``.

        Raises NormalizedError REQUEST_TIMEOUT or UNAVAILABLE where the body did not become whole, DisconnectedError
        where nobody waits for an answer.
        """
        if declared > MOST_BODY_BYTES:
            return Body(TOO_LARGE, False, 0)
        reader = _Reader()
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise DisconnectedError
                chunk, more = message.get("body", b""), message.get("more_body", False)
                self._make_room(reader, len(chunk))
                reader.add(chunk)
                self._readers.pop(reader, None)
                if reader.size > MOST_BODY_BYTES:
                    self.held -= reader.size
                    return Body(TOO_LARGE, not more, 0)
                if not more:
                    return Body(b"".join(reader.chunks), True, reader.size)
                self._readers[reader] = None
        except asyncio.CancelledError:
            if reader.refusal is None:
                raise
            reader.resume()
            raise reader.refusal from None
        finally:
            reader.timer.cancel()
            if reader in self._readers:
                self._forget(reader)

    def release(self, body: Body) -> None:
        self.held -= body.held

    def _make_room(self, mine: _Reader, size: int) -> None:
        while self.held + size > self.most:
            silent = next((reader for reader in self._readers if reader is not mine), None)
            if silent is None:
                raise busy()
            self._forget(silent)
            silent.stop(busy())
        self.held += size

    def _forget(self, reader: _Reader) -> None:
        del self._readers[reader]
        self.held -= reader.size
        reader.chunks.clear()
        reader.size = 0


class _Reader:
    """One body on its way. refusal: why its task was woken without a message."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("bodies are read in tasks")
        self.task = task
        self.chunks: list[bytes] = []
        self.size = 0
        self.refusal: NormalizedError | None = None
        self.began = self.heard = self.loop.time()
        self.timer = self.loop.call_later(SILENT_SECONDS, self._look)

    def add(self, chunk: bytes) -> None:
        self.chunks.append(chunk)
        self.size += len(chunk)
        self.heard = self.loop.time()

    def _look(self) -> None:
        end = min(self.heard + SILENT_SECONDS, self.began + BODY_SECONDS)
        if self.loop.time() >= end:
            self.stop(too_slow())
        else:
            self.timer = self.loop.call_at(end, self._look)

    def stop(self, refusal: NormalizedError) -> None:
        """Wake the task, which waits for its next message, with a cancellation that ``read`` turns into the refusal."""
        if self.refusal is None:
            self.refusal = refusal
            self.task.cancel()

    def resume(self) -> None:
        """From Python 3.11 on a task counts its cancellations, and this one has been dealt with."""
        if sys.version_info >= (3, 11):
            self.task.uncancel()
