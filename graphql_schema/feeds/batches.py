"""Encoded items for many subscribers."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from automate.runs.feed_queries import Position

_TEXT_FRAME = 0x81
_SHORT, _MEDIUM = 126, 65_536
_BEFORE_ID, _BEFORE_PAYLOAD, _END = b'{"id":', b',"type":"next","payload":', b"}"
_MOST_LENGTHS = 4
"""A batch caches its frames for this many different lengths of operation ids. Clients of one kind use ids of equal
length."""


class FeedBatch:
    """A batch for the subscribers of a feed. A batch is a checkpoint, or contains the encoded items of one page of the log."""

    __slots__ = ("_events", "_frames", "checkpoint", "end", "payloads", "positions", "size")

    def __init__(
        self, payloads: Sequence[bytes], positions: Sequence[Position], end: Position, *, checkpoint: bool = False
    ) -> None:
        self.payloads = payloads
        self.positions = positions
        self.end = end
        self.checkpoint = checkpoint
        self.size = sum(map(len, payloads))
        self._frames: dict[int, list[bytes]] = {}
        self._events: bytes | None = None

    def behind(self, position: Position) -> FeedBatch:
        """Return this batch without the items up to ``position``.

        A checkpoint stays in the result, unless the checkpoint is before ``position``.
        """
        if self.checkpoint:
            return self if self.end >= position else FeedBatch((), (), self.end)
        if not self.positions or self.positions[0] > position:
            return self
        kept = [number for number, place in enumerate(self.positions) if place > position]
        return FeedBatch([self.payloads[n] for n in kept], [self.positions[n] for n in kept], self.end)

    def frames(self, name: bytes) -> bytes:
        """Return WebSocket frames with one ``next`` message for each item. ``name`` is the operation's id as JSON."""
        parts = self._frames.get(len(name))
        if parts is None:
            if len(self._frames) >= _MOST_LENGTHS:
                self._frames.clear()
            parts = self._frames[len(name)] = self._parts(len(name))
        return name.join(parts)

    def _parts(self, name_bytes: int) -> list[bytes]:
        # The operation's id is inserted between the parts.
        parts, end_of_former = [], b""
        around = len(_BEFORE_ID) + name_bytes + len(_BEFORE_PAYLOAD) + len(_END)
        for payload in self.payloads:
            parts.append(end_of_former + _header(around + len(payload)) + _BEFORE_ID)
            end_of_former = b"%b%b%b" % (_BEFORE_PAYLOAD, payload, _END)
        parts.append(end_of_former)
        return parts

    def events(self) -> bytes:
        """Return the items as ``next`` events of graphql-sse."""
        if self._events is None:
            self._events = b"".join(b"event: next\ndata: %b\n\n" % payload for payload in self.payloads)
        return self._events


def _header(size: int) -> bytes:
    if size < _SHORT:
        return bytes((_TEXT_FRAME, size))
    if size < _MEDIUM:
        return struct.pack("!BBH", _TEXT_FRAME, 126, size)
    return struct.pack("!BBQ", _TEXT_FRAME, 127, size)
