"""JsonLogic's rules for values: truth, numbers, text, equality and order. No function is recursive."""

from __future__ import annotations

import json
import math
import re
from typing import Protocol, overload

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import PredicateError, not_a_number

Number = int | float

EXACT_INTEGER = 2**64
"""Integers up to this value are compared exactly. Larger integers, and results of arithmetic above SAFE_INTEGER, are doubles."""
SAFE_INTEGER = 2**53
LONGEST_NUMBER = 400
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def truthy(value: JsonValue) -> bool:
    # null, false, 0, "" and [] are false. Everything else is true, also "0" and {}.
    return bool(value) or isinstance(value, dict)


def number(value: JsonValue) -> Number:
    """Convert a value to a number: null and "" to 0, true to 1, and a text by parsing.

    Raises PredicateError with the type ``NaN`` for any other value.
    """
    if isinstance(value, int):  # bool is an int in Python, and here too
        if -EXACT_INTEGER <= value <= EXACT_INTEGER:
            return int(value)
        return _as_double(value)
    if isinstance(value, float):
        if math.isnan(value):
            raise not_a_number("a value is NaN, not a number")
        return value
    if value is None:
        return 0
    if isinstance(value, str):
        return _number_in(value)
    raise not_a_number(f"{kind(value)} cannot be used as a number")


def _as_double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        raise not_a_number("an integer is too large to be a number") from None


def _number_in(text: str) -> Number:
    if len(text) <= LONGEST_NUMBER:
        digits = text.strip()
        if not digits:
            return 0
        if _INTEGER.fullmatch(digits):
            return int(digits)
        if _NUMBER.fullmatch(digits):
            return float(digits)
    raise not_a_number(f"the text {brief(text)} is not a number", bare="the text is not a number")


def tidy(value: Number) -> Number:
    """Convert a result to a finite double, or to an int if it is a whole number.

    Raises the error NaN if the result is not finite.
    """
    if isinstance(value, int):
        return value if -SAFE_INTEGER <= value <= SAFE_INTEGER else _as_double(value)
    if not math.isfinite(value):
        raise not_a_number("the result is not a finite number")
    return int(value) if value.is_integer() and -SAFE_INTEGER <= value <= SAFE_INTEGER else value


def text(value: JsonValue) -> str:
    """Convert a value to text, like the operator `cat`. null becomes "", and 2.0 becomes "2".

    Raises PredicateError for an object.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(tidy(number(value)))
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ",".join(map(text, value))
    raise not_a_number(f"{kind(value)} cannot be used as text")


def same(left: JsonValue, right: JsonValue, allowance: EvaluationAllowance) -> bool:
    """Compare two values strictly, as `===` and `in` do. Lists and objects are compared by content."""
    if not isinstance(left, list | dict):
        return _same_scalar(left, right)
    stack: list[tuple[JsonValue, JsonValue]] = [(left, right)]
    while stack:
        a, b = stack.pop()
        allowance.spend(1)
        if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            stack.extend(zip(a, b, strict=True))
        elif isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
            stack.extend((value, b[key]) for key, value in a.items())
        elif isinstance(a, list | dict) or not _same_scalar(a, b):
            return False
    return True


def _same_scalar(left: JsonValue, right: JsonValue) -> bool:
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return False
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def equal(left: JsonValue, right: JsonValue) -> bool:
    """Compare two values as `==` does: two texts as texts, all other pairs as numbers. null counts as 0.

    Raises PredicateError with the type ``NaN`` if a value cannot be converted to a number.
    """
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if left is None or right is None:
        other = right if left is None else left
        return False if isinstance(other, list | dict) else _beside_null(other) == 0
    return number(left) == number(right)


class Order(Protocol):
    """A comparison of two texts, or of two numbers."""

    @overload
    def __call__(self, left: str, right: str, /) -> bool: ...
    @overload
    def __call__(self, left: Number, right: Number, /) -> bool: ...


def ordered(left: JsonValue, right: JsonValue, test: Order) -> bool:
    """Compare the order of two values. Two texts are compared by code point, and all other pairs as numbers.

    Raises PredicateError with the type ``NaN`` if a value cannot be converted to a number.
    """
    if isinstance(left, str) and isinstance(right, str):
        return test(left, right)
    if left is None:
        return test(0, _beside_null(right))
    if right is None:
        return test(_beside_null(left), 0)
    return test(number(left), number(right))


def _beside_null(value: JsonValue) -> Number:
    try:
        return number(value)
    except PredicateError:
        if isinstance(value, str):
            return math.nan
        raise


def member(container: JsonValue, key: JsonValue, absent: JsonValue) -> JsonValue:
    """Return one value of an object or list: the value at a key of the object, or at an index of the list."""
    if isinstance(container, dict):
        if isinstance(key, str):
            return container.get(key, absent)
        return container.get(text(key), absent) if isinstance(key, int | float) else absent
    if isinstance(container, list):
        if isinstance(key, str):
            if not _INDEX.fullmatch(key):
                return absent
            key = int(key)
        if isinstance(key, int) and 0 <= key < len(container):
            return container[key]
    return absent


def kind(value: JsonValue) -> str:
    """Return words that name the kind of a value, such as "a list"."""
    if value is None:
        return "null"
    for kinds, word in (
        ((bool,), "a boolean"),
        ((int, float), "a number"),
        ((str,), "text"),
        ((list,), "a list"),
        ((dict,), "an object"),
    ):
        if isinstance(value, kinds):
            return word
    return "a value that is not JSON"


def brief(value: JsonValue, longest: int = 60) -> str:
    if isinstance(value, str):
        return json.dumps(value if len(value) <= longest else value[: longest - 1] + "…", ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= EXACT_INTEGER):
        return str(value)
    if isinstance(value, list | dict) and not value:
        return "[]" if isinstance(value, list) else "{}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return kind(value)
