"""The functions of expressions: the functions of JMESPath, and functions that calculate amounts of money."""

from __future__ import annotations

import json
import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal

from jmespath.functions import Functions, signature

from automate.kernel.json_values import JsonValue
from automate.workflows.templates.allowance import TemplateFailure

MOST_DECIMALS = 12
MOST_ARGUMENTS = {"round": 2}
"""Function -> maximum number of its arguments."""
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<real>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]+)?")
_DIGITS = Context(prec=400, rounding=ROUND_HALF_UP)
"""The precision is high enough for all numbers. The largest float has 309 digits before the point, and the
largest integer has 308."""

Number = int | float


class TemplateFunctions(Functions):
    """The functions of JMESPath, and the platform's own functions."""

    @signature({"types": []})
    def _func_to_string(self, arg: JsonValue) -> str:
        return arg if isinstance(arg, str) else compact_json(arg)

    @signature({"types": []})
    def _func_to_number(self, arg: JsonValue) -> JsonValue:
        if isinstance(arg, (int, float)) and not isinstance(arg, bool):
            return arg
        match = _JSON_NUMBER.fullmatch(arg) if isinstance(arg, str) else None
        if match is None or not isinstance(arg, str):
            return None
        return float(arg) if match["real"] or match["exponent"] else int(arg)

    @signature({"types": ["number"]}, {"types": ["number"]})
    def _func_divide(self, number: Number, by: Number) -> Number:
        # Two integers give an integer if there is no remainder.
        if by == 0:
            raise TemplateFailure("divide() divides by zero")
        if isinstance(number, int) and isinstance(by, int) and number % by == 0:
            return number // by
        try:
            quotient = number / by
        except OverflowError:
            quotient = math.inf
        if not math.isfinite(quotient):
            raise TemplateFailure("divide() gives a number that is too large")
        return quotient

    @signature({"types": ["number"], "variadic": True})
    def _func_round(self, number: Number, *decimals: Number) -> Number:
        # Half away from zero, as on invoices. Without decimals, the result is an integer.
        places = _count_of(decimals[0] if decimals else 0, "round")
        if isinstance(number, int):
            return number
        rounded = _rounded(number, places)
        return float(rounded) if places else int(rounded)

    @signature({"types": ["number"]}, {"types": ["number"]})
    def _func_format_number(self, number: Number, decimals: Number) -> str:
        places = _count_of(decimals, "format_number")
        return f"{_rounded(number, places):f}"


FUNCTIONS = TemplateFunctions()


def compact_json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _count_of(decimals: Number, name: str) -> int:
    if not isinstance(decimals, int) or not 0 <= decimals <= MOST_DECIMALS:
        raise TemplateFailure(f"{name}() takes 0 to {MOST_DECIMALS} decimals, as a whole number")
    return decimals


def _rounded(number: Number, places: int) -> Decimal:
    # Rounds the digits that JSON shows: 1.005 is rounded up, despite its binary value.
    return Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), context=_DIGITS)
