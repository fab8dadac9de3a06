"""The operators `matches`, `glob`, `cidr`, `before` and `after`. Their right side is usually constant.

A constant right side is prepared only once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.node import BuilderArguments, Evaluator, Scope
from automate.rules.predicate.operators.building import expect, spread_arguments

Prepared = TypeVar("Prepared")

PREPARING_COST = 1_000
"""The operations charged to prepare a right side that is known only when the rule runs."""


def prepared(
    prepare: Callable[[JsonValue], Prepared], test: Callable[[JsonValue, Prepared, EvaluationAllowance], bool]
) -> Callable[[BuilderArguments], Evaluator]:
    """Make the builder of an operator. The operator has two arguments: a value, and ``right``.

    ``prepare`` converts ``right`` to the form that ``test`` expects.
    """

    def decide(value: JsonValue, right: JsonValue, allowance: EvaluationAllowance) -> bool:
        if value is None or right is None:
            return False
        allowance.spend(PREPARING_COST)
        return test(value, prepare(right), allowance)

    def build(site: BuilderArguments) -> Evaluator:
        spread = site.spread
        if spread is not None:

            def run_spread(data: JsonValue, scope: Scope) -> bool:
                values = spread_arguments(spread, data, scope)
                expect(site, len(values), 2, 2)
                return decide(values[0], values[1], scope[0])

            return run_spread
        expect(site, len(site.args), 2, 2)
        left, node = site.args[0].run, site.args[1]
        if node.constant and node.value is not None:
            ready = prepare(node.value)

            def run_ready(data: JsonValue, scope: Scope) -> bool:
                value = left(data, scope)
                return value is not None and test(value, ready, scope[0])

            return run_ready
        right = node.run
        return lambda data, scope: decide(left(data, scope), right(data, scope), scope[0])

    return build
