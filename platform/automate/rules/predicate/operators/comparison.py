"""The operators of equality and order, with two or more arguments.

`{"<": [1, {"var": "n"}, 10]}` compares each argument with the next argument.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import pairwise

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.node import BuilderArguments, Evaluator, Operator, Scope
from automate.rules.predicate.operators.building import expect, spread_arguments
from automate.rules.predicate.values import Order, equal, ordered, same

Pair = Callable[[JsonValue, JsonValue, EvaluationAllowance], bool]


def _chain(pair: Pair) -> Callable[[BuilderArguments], Evaluator]:
    def build(site: BuilderArguments) -> Evaluator:
        spread = site.spread
        if spread is not None:

            def run_spread(data: JsonValue, scope: Scope) -> bool:
                values = spread_arguments(spread, data, scope)
                expect(site, len(values), 2)
                return all(pair(left, right, scope[0]) for left, right in pairwise(values))

            return run_spread
        expect(site, len(site.args), 2)
        first = site.args[0].run
        second = site.args[1]
        if len(site.args) > 2:  # noqa: PLR2004 - a pair is two
            rest = tuple(node.run for node in site.args[1:])

            def run_chain(data: JsonValue, scope: Scope) -> bool:
                left = first(data, scope)
                for argument in rest:
                    right = argument(data, scope)
                    if not pair(left, right, scope[0]):
                        return False
                    left = right
                return True

            return run_chain
        if second.constant:
            value = second.value
            return lambda data, scope: pair(first(data, scope), value, scope[0])
        other = second.run
        return lambda data, scope: pair(first(data, scope), other(data, scope), scope[0])

    return build


def _order(test: Order) -> Pair:
    def pair(left: JsonValue, right: JsonValue, _allowance: EvaluationAllowance) -> bool:
        if type(left) is int and type(right) is int:  # the usual case, without a call
            return test(left, right)
        return ordered(left, right, test)

    return pair


def _equal(left: JsonValue, right: JsonValue, _allowance: EvaluationAllowance) -> bool:
    if type(left) is str and type(right) is str:  # the usual case, without a call
        return left == right
    return equal(left, right)


def _differs(left: JsonValue, right: JsonValue, _allowance: EvaluationAllowance) -> bool:
    return not equal(left, right)


def _not_same(left: JsonValue, right: JsonValue, allowance: EvaluationAllowance) -> bool:
    return not same(left, right, allowance)


def _comparison(name: str, pair: Pair, yes: str, no: str) -> Operator:
    return Operator(name, _chain(pair), 2, None, f'{{"{name}": [a, b]}}', says=(yes, no))


OPERATORS = (
    _comparison("==", _equal, "equals", "does not equal"),
    _comparison("!=", _differs, "differs from", "does not differ from"),
    _comparison("===", same, "is the same as", "is not the same as"),
    _comparison("!==", _not_same, "is not the same as", "is the same as"),
    _comparison("<", _order(operator.lt), "is less than", "is not less than"),
    _comparison("<=", _order(operator.le), "is at most", "is more than"),
    _comparison(">", _order(operator.gt), "is greater than", "is not greater than"),
    _comparison(">=", _order(operator.ge), "is at least", "is less than"),
)
