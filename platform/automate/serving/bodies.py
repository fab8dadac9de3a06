"""Limits the bytes and the time of request bodies."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from starlette.types import Receive

from automate.kernel.errors import NormalizedError
from automate.kernel.faults import RETRY_AFTER_SECONDS
from automate.kernel.limits import MIB, Limits
from automate.serving.fair_threads import UNKNOWN, busy, share_of
from automate.serving.shared_timer import Alarm, SharedTimer

MOST_BODY_BYTES = Limits().event_bytes
TOO_LARGE = bytes(MOST_BODY_BYTES + 1)
"""A placeholder for a larger body: the view refuses it because of its size, and no body is stored."""
HELD_BYTES = 64 * MIB
SILENT_SECONDS = 5.0
BODY_SECONDS = 30.0


class DisconnectedError(Exception):
    """The client disconnected before its request was complete."""


@dataclass(frozen=True)
class Body:
    """A request body."""

    content: bytes
    whole: bool
    """True if no more bytes will come."""
    held: int
    """Number of bytes to give back to ``Bodies``."""
    lane: str = UNKNOWN
    """The lane of these bytes."""


def too_much(held: int) -> NormalizedError:
    return NormalizedError(
        "RATE_LIMITED",
        f"The requests of this caller already use {held} bytes of memory, so the caller's share is used up. Send fewer "
        "requests at once, and send this request again later.",
        details={"retry_after_seconds": RETRY_AFTER_SECONDS, "held_bytes": held},
    )


def too_slow() -> NormalizedError:
    return NormalizedError(
        "REQUEST_TIMEOUT",
        f"The body did not arrive in time. A sender may pause for at most {SILENT_SECONDS:g} seconds, and the whole body "
        f"may take at most {BODY_SECONDS:g} seconds. Send a smaller body, or send it faster.",
        details={"silent_seconds": SILENT_SECONDS, "body_seconds": BODY_SECONDS},
    )


class Bodies:
    """The request bodies that one event loop holds.

    ``held`` is the number of bytes that these bodies use now. ``most`` is the maximum of ``held``.
    """

    def __init__(self, most: int = HELD_BYTES) -> None:
        self.most = most
        self.held = 0
        self.of_lane: dict[str, int] = {}
        self._silent_timer = SharedTimer(SILENT_SECONDS)
        # Bodies in pieces, the longest silent first.
        self._readers: dict[_BodyReader, None] = {}

    async def read(self, receive: Receive, declared: int = 0, lane: str = UNKNOWN) -> Body:
        """Read a request body. Call ``release`` afterwards.

        Raises REQUEST_TIMEOUT, RATE_LIMITED or UNAVAILABLE if the body cannot be read completely. Raises
        DisconnectedError if the client has disconnected.
        """
        if declared > MOST_BODY_BYTES:
            return Body(TOO_LARGE, False, 0, lane)
        reader = _BodyReader(lane, self._silent_timer)
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
        left = self.of_lane.pop(lane, 0) - size
        if left:
            self.of_lane[lane] = left

    def _make_room(self, mine: _BodyReader, size: int) -> None:
        share = share_of(self.most, mine.lane)
        while (used := self.of_lane.get(mine.lane, 0)) + size > share:
            self._silence(mine, mine.lane, too_much(used))
        while self.held + size > self.most:
            self._silence(mine, None, busy())
        self.held += size
        self.of_lane[mine.lane] = self.of_lane.get(mine.lane, 0) + size

    def _silence(self, mine: _BodyReader, lane: str | None, refusal: NormalizedError) -> None:
        # Frees memory: stops the body whose sender has been silent longest. Without another body, raises `refusal`.
        others = (reader for reader in self._readers if reader is not mine and lane in {None, reader.lane})
        silent = next(others, None)
        if silent is None:
            raise refusal
        self._forget(silent)
        silent.stop(refusal)

    def _forget(self, reader: _BodyReader) -> None:
        del self._readers[reader]
        self._give_back(reader.lane, reader.size)
        reader.chunks.clear()
        reader.size = 0


class _BodyReader:
    def __init__(self, lane: str, silence: SharedTimer) -> None:
        self.lane = lane
        self.loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("bodies are read in tasks")
        self.task = task
        self.chunks: list[bytes] = []
        self.size = 0
        self.refusal: NormalizedError | None = None
        self.began = self.received_at = self.loop.time()
        self.timer: Alarm | asyncio.TimerHandle = silence.call_later(self._check_silence)

    def add(self, chunk: bytes) -> None:
        self.chunks.append(chunk)
        self.size += len(chunk)
        self.received_at = self.loop.time()

    def _check_silence(self) -> None:
        end = min(self.received_at + SILENT_SECONDS, self.began + BODY_SECONDS)
        if self.loop.time() >= end:
            self.stop(too_slow())
        else:
            self.timer = self.loop.call_at(end, self._check_silence)

    def stop(self, refusal: NormalizedError) -> None:
        # `read` turns the cancellation into the error.
        if self.refusal is None:
            self.refusal = refusal
            self.task.cancel()

    def resume(self) -> None:
        # From Python 3.11 on, tasks count their cancellations.
        if sys.version_info >= (3, 11):
            self.task.uncancel()
