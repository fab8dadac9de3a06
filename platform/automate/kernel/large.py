"""Keeps large JSON values of a run as text. Parsed values would use more memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeAlias

from automate.kernel.before_statements import before_each_statement
from automate.kernel.json_text import JsonText
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import KIB, MIB

HeldJson: TypeAlias = JsonValue | JsonText
"""A JSON value of a run: parsed, or as text if the value is large. ``opened`` returns the parsed value."""

LARGE_BYTES = 16 * KIB
"""A value of at least this size is large."""
SMALL_BYTES = KIB
INLINE_BYTES = 256 * KIB
"""The limit for the small values of one run together. Above it, values of more than SMALL_BYTES are large as well."""
EVENT_BYTES = 64 * KIB
"""The size up to which an event's payload stays parsed."""
EVENT_WEIGHT = 512 * KIB
"""The limit of the payload's estimated memory: a payload of many small parts is large as well."""
WRITE_BYTES = 4 * MIB
"""The maximum JSON that one transaction writes. A round stops there, and the next transaction continues."""

TURN = threading.RLock()
"""The lock for parsing large values. A parsed value takes up to 26 times the memory of its text, so threads take
turns."""

Read = Callable[[], bytes]

_FREE: AbstractContextManager[None] = nullcontext()


class HoldsLarge(Protocol):
    @property
    def holds_large(self) -> bool: ...


class Large(JsonText):
    """The text of a large JSON value. After the commit, the text is read from the row that stores the value."""

    __slots__ = ("_read", "_text", "size")

    def __init__(self, size: int, read: Read, text: bytes | None = None) -> None:
        self.size, self._read, self._text = size, read, text

    def text(self) -> bytes:
        if self._text is not None:
            return self._text
        # Other threads may wait for TURN.
        with before_each_statement(None):
            return self._read()

    @property
    def is_held(self) -> bool:
        """Whether this object holds the text in memory."""
        return self._text is not None

    def hold(self) -> None:
        """Read the text from the row, and keep it in memory."""
        self._text = self.text()

    def forget(self) -> None:
        """Drop the text from memory. Call this method after the commit."""
        self._text = None


def opened(value: HeldJson) -> JsonValue:
    """Return a JSON value. If the value is held as text because of its size, this function parses the text."""
    return value.value() if isinstance(value, JsonText) else value


def turn_of(run: HoldsLarge) -> AbstractContextManager[object]:
    """Return a lock. Hold this lock while you parse the large values of a run.

    If the run has no large values, the lock has no effect.
    """
    return TURN if run.holds_large else _FREE


def weight_of(text: bytes) -> int:
    """Estimate the memory of a parsed value in bytes. The estimate is an upper bound."""
    containers = 72 * text.count(b"{") + 64 * text.count(b"[")
    return 4 * len(text) + containers + 120 * text.count(b":") + 16 * text.count(b",")
