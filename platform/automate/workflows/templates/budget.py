"""What one rendering may cost: operations and bytes, counted while it runs."""

from __future__ import annotations

import math

from automate.kernel.errors import Json

MAX_OPERATIONS = 100_000
MAX_BYTES = 1_048_576

SCALAR_BYTES = 8
CHARACTERS_PER_OPERATION = 256
"""Scanning text is cheap, yet not free."""

_SMALL_INTEGER = 1 << 63


class TemplateFailure(Exception):  # noqa: N818 - internal: always mapped to a NormalizedError with its place
    """An expression that is refused or failed; the message never quotes data."""


class Budget:
    """Operations and bytes left. One budget serves all templates of one step.

    An operation is a visit of an expression's node, or an element or 256 characters that a function looks at.
    Bytes are those of every list, object and text that an expression builds, and of every value that it yields.
    """

    __slots__ = ("bytes", "operations")

    def __init__(self, operations: int = MAX_OPERATIONS, bytes: int = MAX_BYTES) -> None:  # noqa: A002 - the unit is the name
        self.operations = operations
        self.bytes = bytes

    def spend(self, operations: int) -> None:
        self.operations -= operations
        if self.operations < 0:
            raise TemplateFailure("it takes more operations than a template may; select less data")

    def charge(self, value: Json) -> None:
        """Count the bytes of a value, however often its parts are shared, and refuse what is not storable JSON.

        Stops as soon as the budget is used up, so that its cost is bounded by the budget and not by the value.
        """
        pending = [value]
        while pending:
            item = pending.pop()
            kind = type(item)
            if kind is str:
                self.bytes -= _text_bytes(item) + 2
            elif kind is dict:
                self.bytes -= 2
                for key in item:
                    self.bytes -= _text_bytes(key) + 3
                pending.extend(item.values())
            elif kind is list:
                self.bytes -= 2 + len(item)
                if self.bytes >= 0:
                    pending.extend(item)
            else:
                self.bytes -= _scalar_bytes(item)
            if self.bytes < 0:
                raise TemplateFailure("it produces more bytes than a template may; select less data")


def _text_bytes(text: str) -> int:
    if "\0" in text:
        raise TemplateFailure("it produces a NUL character, which cannot be stored")
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise TemplateFailure("it produces half of a surrogate pair, which is not text") from None


def _scalar_bytes(value: Json) -> int:
    kind = type(value)
    if value is None or kind is bool:
        return SCALAR_BYTES
    if kind is int:
        return SCALAR_BYTES if -_SMALL_INTEGER < value < _SMALL_INTEGER else SCALAR_BYTES + value.bit_length() // 3
    if kind is float:
        if math.isfinite(value):
            return SCALAR_BYTES
        raise TemplateFailure("it produces a number that is not finite")
    raise TemplateFailure("it yields an expression (&…) instead of a value")
