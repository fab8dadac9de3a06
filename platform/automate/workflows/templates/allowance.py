"""Limits the operations and bytes of one rendering."""

from __future__ import annotations

from automate.kernel.json_text import MAX_INTEGER_DIGITS
from automate.kernel.json_values import JsonValue
from automate.kernel.storable import StorageFault, scalar_fault, text_bytes, text_fault

MAX_OPERATIONS = 100_000
MAX_BYTES = 1_048_576

SCALAR_BYTES = 8
CHARACTERS_PER_OPERATION = 256
"""Number of characters whose scan costs one operation. Scanning text is cheap, but not free."""

_SMALL_INTEGER = 1 << 63


class TemplateFailure(Exception):  # noqa: N818 - internal: always mapped to a NormalizedError with its place
    """Raised when an expression fails. The message never quotes data."""


class TemplateAllowance:
    """The operations and bytes that remain for the templates of one step."""

    __slots__ = ("bytes", "operations")

    def __init__(self, operations: int = MAX_OPERATIONS, bytes: int = MAX_BYTES) -> None:  # noqa: A002 - the unit is the name
        self.operations = operations
        self.bytes = bytes

    def spend(self, operations: int) -> None:
        """Subtract operations from the allowance. Raises TemplateFailure if too few are left."""
        self.operations -= operations
        if self.operations < 0:
            raise TemplateFailure("it needs more operations than a template is allowed to use; select less data")

    def charge(self, value: JsonValue) -> None:
        """Count the bytes of a value. Raises TemplateFailure at the limit."""
        pending = [value]
        while pending:
            item = pending.pop()
            if type(item) is str:
                self.bytes -= _text_bytes(item) + 2
            elif type(item) is dict:
                self.bytes -= 2
                for key in item:
                    self.bytes -= _text_bytes(key) + 3
                pending.extend(item.values())
            elif type(item) is list:
                self.bytes -= 2 + len(item)
                if self.bytes >= 0:
                    pending.extend(item)
            else:
                self.bytes -= _scalar_bytes(item)
            if self.bytes < 0:
                raise TemplateFailure("it produces more bytes than a template is allowed to produce; select less data")


def _text_bytes(text: str) -> int:
    fault = text_fault(text)
    if fault is not None:
        raise TemplateFailure(_FAULTS[fault])
    return text_bytes(text)


def _scalar_bytes(value: JsonValue) -> int:
    fault = scalar_fault(value)
    if fault is not None:
        raise TemplateFailure(_FAULTS[fault])
    if type(value) is int and not -_SMALL_INTEGER < value < _SMALL_INTEGER:
        return SCALAR_BYTES + value.bit_length() // 3
    return SCALAR_BYTES


_FAULTS = {
    StorageFault.NUL: "it produces a NUL character, which cannot be stored",
    StorageFault.SURROGATE: "it produces half of a surrogate pair, which is not text",
    StorageFault.NOT_FINITE: "it produces a number that is not finite",
    StorageFault.TOO_MANY_DIGITS: f"it produces an integer of more than {MAX_INTEGER_DIGITS} digits",
    StorageFault.NO_JSON: "it yields an expression (&…) instead of a value",
}
