"""The limits of one evaluation: the number of operations, and the bytes of values that it creates.

An operation is a node of the rule. Each turn of a loop costs the nodes of its body. Operators whose work grows with
their input (search, patterns, deep equality) also cost the length of that input. A node that is skipped costs as much
as one that is evaluated. So the cost of a rule without loops is known before the evaluation.
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
        """Charge `size` bytes. Call it before the bytes are created, so that a value above the limit never takes
        memory.
        """
        self.bytes -= size
        if self.bytes < 0:
            raise TooExpensiveError("the rule produces more bytes than an evaluation may make; build shorter values")

    def produce_value(self, value: Json) -> None:
        """Charge the size of a value as JSON. A part that occurs several times is charged each time.

        For example, a list may contain the same long text many times. The list is small in memory but large as JSON.
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
