"""JSON that is too large to stay parsed while a run is in hand: text until its row is committed, afterwards a reference to that row."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from automate.kernel.errors import Json
from automate.kernel.json_text import JsonText
from automate.kernel.limits import KIB, MIB

LARGE_BYTES = 16 * KIB
"""From this size on, a value is large."""
SMALL_BYTES = KIB
INLINE_BYTES = 256 * KIB
"""Of the values of one run that are not large. Above this sum, values of more than SMALL_BYTES are large, too."""
EVENT_BYTES = 64 * KIB
"""Of an event's payload that stays parsed."""
EVENT_WEIGHT = 512 * KIB
"""Of its memory, estimated: a payload of many small parts is large, too."""
WRITE_BYTES = 4 * MIB
"""Of JSON that one transaction writes. Rounds stop here and continue in the next transaction."""

TURN = threading.RLock()
"""Held while a thread parses large values. Parsed, a value takes up to 26 times its text, so threads take turns."""

Read = Callable[[], bytes]

_FREE: AbstractContextManager[None] = nullcontext()


class HoldsLarge(Protocol):
    @property
    def holds_large(self) -> bool: ...


class Large(JsonText):
    """A value of ``size`` bytes.

    read: returns the text of its row. text: as long as the row may be missing, None afterwards.
    """

    __slots__ = ("_read", "_text", "size")

    def __init__(self, size: int, read: Read, text: bytes | None = None) -> None:
        self.size, self._read, self._text = size, read, text

    def text(self) -> bytes:
        return self._read() if self._text is None else self._text

    @property
    def is_held(self) -> bool:
        """Whether the text is in memory."""
        return self._text is not None

    def hold(self) -> None:
        """Read the text now, and keep it."""
        self._text = self.text()

    def forget(self) -> None:
        """Drop the text: the row is committed."""
        self._text = None


def opened(value: Json) -> Json:
    """A value, parsed where it is large."""
    return value.value() if isinstance(value, JsonText) else value


def turn_of(run: HoldsLarge) -> AbstractContextManager[object]:
    """TURN, for a run that may have to parse large values."""
    return TURN if run.holds_large else _FREE


def weight_of(text: bytes) -> int:
    """The bytes of memory that the parsed value takes, estimated from above without parsing."""
    containers = 72 * text.count(b"{") + 64 * text.count(b"[")
    return 4 * len(text) + containers + 120 * text.count(b":") + 16 * text.count(b",")
