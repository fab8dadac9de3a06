"""The limits of one evaluation: a number of operations and of bytes produced.

An operation is a node of the rule. A loop is charged the nodes of its body at each turn. Operators whose work grows with
their input (search, patterns, deep equality) are charged for its length. Skipped nodes are charged too, so the cost of a
rule is known when it is compiled, and a usual predicate pays one subtraction.
"""

from __future__ import annotations

from automate.rules.predicate.errors import Json, TooExpensiveError

OPERATIONS = 100_000
BYTES = 1_048_576
ELEMENT_BYTES = 8


class EvaluationAllowance:
    """Counts down the operations and bytes left. Raises TooExpensiveError when either falls below zero."""

    __slots__ = ("bytes", "operations")

    def __init__(self, operations: int = OPERATIONS, bytes: int = BYTES) -> None:  # noqa: A002 - the word of the contract
        self.operations = operations
        self.bytes = bytes

    def spend(self, operations: int) -> None:
        self.operations -= operations
        if self.operations < 0:
            raise TooExpensiveError("the rule needs more operations than an evaluation may take; loop over less")

    def produce(self, size: int) -> None:
        """Charge `size` bytes. Call it BEFORE making them, so that a refused value never takes memory."""
        self.bytes -= size
        if self.bytes < 0:
            raise TooExpensiveError("the rule produces more bytes than an evaluation may make; build shorter values")

    def produce_value(self, value: Json) -> None:
        """Charge a value's whole size as JSON. Shared parts count each time they appear.

        Lists may hold one value many times over, so a small graph can stand for gigabytes of JSON.
        """
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
