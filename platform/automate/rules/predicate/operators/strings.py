"""The operators on text: `cat substr starts_with ends_with ieq`."""

from __future__ import annotations

from collections.abc import Callable

from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import Json, invalid
from automate.rules.predicate.node import Operator
from automate.rules.predicate.operators.building import eager
from automate.rules.predicate.operators.lists import SEARCHED_PER_OPERATION
from automate.rules.predicate.values import kind, number, text

FARTHEST = 2**31


def _cat(values: list[Json], allowance: EvaluationAllowance) -> str:
    allowance.spend(len(values))
    parts = []
    for value in values:
        if isinstance(value, list):
            allowance.spend(len(value))
        part = text(value)
        allowance.produce(len(part))
        parts.append(part)
    return "".join(parts)


def _position(value: Json) -> int:
    return int(max(-FARTHEST, min(FARTHEST, number(value))))


def _substr(values: list[Json], allowance: EvaluationAllowance) -> str:
    # `[text, start, length]`. A negative start counts from the end. A negative length drops characters at the end.
    whole, start, end = text(values[0]), _position(values[1]), None
    if start < 0:
        start = max(0, len(whole) + start)
    if len(values) > 2 and values[2] is not None:  # noqa: PLR2004
        length = _position(values[2])
        end = start + length if length >= 0 else max(0, len(whole) + length)
    part = slice(start, end)
    allowance.produce(len(range(*part.indices(len(whole)))))
    return whole[part]


def _on_texts(name: str, test: Callable[[str, str], bool]) -> Callable[[list[Json], EvaluationAllowance], bool]:
    # False if either argument is null, because the field may be missing. Other values are errors.
    def function(values: list[Json], allowance: EvaluationAllowance) -> bool:
        left, right = values
        if left is None or right is None:
            return False
        for value in values:
            if not isinstance(value, str):
                raise invalid(f"{name} compares text, not {kind(value)}")
            allowance.spend(len(value) // SEARCHED_PER_OPERATION)
        return test(left, right)

    return function


OPERATORS = (
    Operator("cat", eager(_cat), 1, None, '{"cat": [text, text]}'),
    Operator("substr", eager(_substr, 2), 2, 3, '{"substr": [text, start, length]}'),
    Operator(
        "starts_with",
        eager(_on_texts("starts_with", str.startswith), 2, 2),
        2,
        2,
        '{"starts_with": [text, prefix]}',
        says=("starts with", "does not start with"),
    ),
    Operator(
        "ends_with",
        eager(_on_texts("ends_with", str.endswith), 2, 2),
        2,
        2,
        '{"ends_with": [text, suffix]}',
        says=("ends with", "does not end with"),
    ),
    Operator(
        "ieq",
        eager(_on_texts("ieq", lambda left, right: left.casefold() == right.casefold()), 2, 2),
        2,
        2,
        '{"ieq": [text, text]}',
        says=("equals, ignoring case,", "does not equal, ignoring case,"),
    ),
)
