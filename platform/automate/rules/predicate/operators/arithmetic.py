"""The operators `+ - * / % min max`. An operator raises the error NaN if the result is not a finite number."""

from __future__ import annotations

import math
from functools import reduce

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import invalid, not_a_number
from automate.rules.predicate.node import Operator
from automate.rules.predicate.operators.building import Eager, eager
from automate.rules.predicate.values import Number, number, tidy


def _add(values: list[JsonValue], allowance: EvaluationAllowance) -> Number:
    allowance.spend(len(values))
    total: Number = 0
    for value in values:
        total = tidy(total + number(value))
    return total


def _multiply(values: list[JsonValue], allowance: EvaluationAllowance) -> Number:
    allowance.spend(len(values))
    product: Number = 1
    for value in values:
        product = tidy(product * number(value))
    return product


def _subtract(values: list[JsonValue], allowance: EvaluationAllowance) -> Number:
    allowance.spend(len(values))
    if len(values) == 1:
        return tidy(-number(values[0]))
    return reduce(lambda left, right: tidy(left - number(right)), values[1:], number(values[0]))


def _quotient(left: Number, right: Number) -> Number:
    if right == 0:
        raise not_a_number("it divides by zero")
    return tidy(left / right)


def _divide(values: list[JsonValue], allowance: EvaluationAllowance) -> Number:
    allowance.spend(len(values))
    if len(values) == 1:
        return _quotient(1, number(values[0]))
    return reduce(lambda left, right: _quotient(left, number(right)), values[1:], number(values[0]))


def _remainder(left: Number, right: Number) -> Number:
    # With the sign of the dividend, as in JavaScript and C.
    if right == 0 or math.isinf(left):
        raise not_a_number("it takes the remainder of a division by zero, or of infinity")
    if isinstance(left, int) and isinstance(right, int):
        return tidy(int(math.copysign(1, left)) * (abs(left) % abs(right)))
    return tidy(math.fmod(left, right))


def _modulo(values: list[JsonValue], allowance: EvaluationAllowance) -> Number:
    allowance.spend(len(values))
    return reduce(lambda left, right: _remainder(left, number(right)), values[1:], number(values[0]))


def _extreme(name: str) -> Eager:
    choose = {"min": min, "max": max}[name]

    def function(values: list[JsonValue], allowance: EvaluationAllowance) -> Number:
        allowance.spend(len(values))
        if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
            raise invalid(f"{name} takes numbers only")
        return choose(number(value) for value in values)

    return function


OPERATORS = (
    Operator("+", eager(_add), 1, None, '{"+": [a, b]}'),
    Operator("-", eager(_subtract, 1), 1, None, '{"-": [a, b]}'),
    Operator("*", eager(_multiply), 1, None, '{"*": [a, b]}'),
    Operator("/", eager(_divide, 1), 1, None, '{"/": [a, b]}'),
    Operator("%", eager(_modulo, 2), 2, None, '{"%": [a, b]}'),
    Operator("min", eager(_extreme("min"), 1), 1, None, '{"min": [a, b]}'),
    Operator("max", eager(_extreme("max"), 1), 1, None, '{"max": [a, b]}'),
)
