"""The limits of one evaluation: operations, and bytes of new values."""

from __future__ import annotations

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.errors import TooExpensiveError

OPERATIONS = 100_000
BYTES = 1_048_576
ELEMENT_BYTES = 8


class EvaluationAllowance:
    """Counts down the remaining operations and bytes. Raises TooExpensiveError if one of them falls below zero."""

    __slots__ = ("bytes", "operations")

    def __init__(self, operations: int = OPERATIONS, bytes: int = BYTES) -> None:  # noqa: A002 - the word of the contract
        self.operations = operations
        self.bytes = bytes

    def spend(self, operations: int) -> None:
        """Subtract operations from the allowance. Raises TooExpensiveError if too few are left."""
        self.operations -= operations
        if self.operations < 0:
            raise TooExpensiveError("the rule needs more operations than an evaluation may take; loop over fewer items")

    def produce(self, size: int) -> None:
        """Subtract ``size`` bytes from the allowance. Raises TooExpensiveError if too few bytes are left.

        The caller must do this before it makes a value of this size.
        """
        self.bytes -= size
        if self.bytes < 0:
            raise TooExpensiveError("the rule produces more bytes than an evaluation may make; build shorter values")

    def produce_value(self, value: JsonValue) -> None:
        """Subtract the bytes that a value has as JSON. A part that occurs several times is subtracted each time."""
        stack = [value]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                self.produce(ELEMENT_BYTES + len(item))
            elif isinstance(item, list):
                self.produce(ELEMENT_BYTES)
                stack.extend(item)
            elif isinstance(item, dict):
                self.produce(ELEMENT_BYTES * (1 + len(item)))
                stack.extend(item.values())
            else:
                self.produce(ELEMENT_BYTES)
