"""Request bodies, bounded: each in bytes and in time, those of a lane and those of a process together in bytes.

A body that comes in one piece, as most do, passes with a few additions. When memory is short, the body in pieces that has
been silent longest gives way: senders that stop halfway cannot keep others out. A lane holds at most its share.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import RETRY_AFTER_SECONDS
from automate.kernel.limits import MIB, Limits
from automate.serving.fair_threads import UNKNOWN, busy, share_of

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
    """whole: nothing more comes. held: bytes to give back to ``Bodies``, of a lane."""

    content: bytes
    whole: bool
    held: int
    lane: str = UNKNOWN


def too_much(held: int) -> NormalizedError:
    return NormalizedError(
        "RATE_LIMITED",
        f"The bodies of this caller's requests hold {held} bytes already, which is its share. Send fewer at once, and this "
        "one again later.",
        details={"retry_after_seconds": RETRY_AFTER_SECONDS, "held_bytes": held},
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
        self.of_lane = Counter[str]()
        # Those that come in pieces, the longest silent first.
        self._readers: dict[_Reader, None] = {}

    async def read(self, receive: Receive, declared: int = 0, lane: str = UNKNOWN) -> Body:
        """declared: the bytes that the request says it has. Give what is held back with ``release``.

        Raises NormalizedError REQUEST_TIMEOUT, RATE_LIMITED or UNAVAILABLE where the body did not become whole,
        DisconnectedError where the client left.
        """
        if declared > MOST_BODY_BYTES:
            return Body(TOO_LARGE, False, 0, lane)
        reader = _Reader(lane)
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
                    self._give_back(lane, reader.size)
                    return Body(TOO_LARGE, not more, 0, lane)
                if not more:
                    return Body(b"".join(reader.chunks), True, reader.size, lane)
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
        self._give_back(body.lane, body.held)

    def _give_back(self, lane: str, size: int) -> None:
        self.held -= size
        self.of_lane[lane] -= size
        if not self.of_lane[lane]:
            del self.of_lane[lane]

    def _make_room(self, mine: _Reader, size: int) -> None:
        share = share_of(self.most, mine.lane)
        while self.of_lane[mine.lane] + size > share:
            self._silence(mine, mine.lane, too_much(self.of_lane[mine.lane]))
        while self.held + size > self.most:
            self._silence(mine, None, busy())
        self.held += size
        self.of_lane[mine.lane] += size

    def _silence(self, mine: _Reader, lane: str | None, refusal: NormalizedError) -> None:
        """Stop the reader that has been silent longest, of a lane or of all. Raises the refusal where there is none."""
        others = (reader for reader in self._readers if reader is not mine and lane in {None, reader.lane})
        silent = next(others, None)
        if silent is None:
            raise refusal
        self._forget(silent)
        silent.stop(refusal)

    def _forget(self, reader: _Reader) -> None:
        del self._readers[reader]
        self._give_back(reader.lane, reader.size)
        reader.chunks.clear()
        reader.size = 0


class _Reader:
    """One body on its way. refusal: why its task was woken without a message."""

    def __init__(self, lane: str) -> None:
        self.lane = lane
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
