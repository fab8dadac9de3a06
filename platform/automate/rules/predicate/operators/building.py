"""Makes operators from plain functions."""

from __future__ import annotations

from collections.abc import Callable

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import EvaluationAllowance
from automate.rules.predicate.errors import invalid
from automate.rules.predicate.node import BuilderArguments, CompiledNode, Evaluator, Scope

Eager = Callable[[list[JsonValue], EvaluationAllowance], JsonValue]


def spread_arguments(spread: CompiledNode, data: JsonValue, scope: Scope) -> list[JsonValue]:
    value = spread.run(data, scope)
    return value if isinstance(value, list) else [value]


def expect(site: BuilderArguments, count: int, least: int, most: int | None = None) -> None:
    """Check the number of arguments. Raises PredicateError if there are too few or too many arguments."""
    if count < least or (most is not None and count > most):
        exact = f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
        raise invalid(f"{site.name} takes {exact} argument{'' if exact == '1' else 's'}, not {count}")


def eager(function: Eager, least: int = 0, most: int | None = None) -> Callable[[BuilderArguments], Evaluator]:
    def build(site: BuilderArguments) -> Evaluator:
        spread = site.spread
        if spread is not None:

            def run_spread(data: JsonValue, scope: Scope) -> JsonValue:
                values = spread_arguments(spread, data, scope)
                expect(site, len(values), least, most)
                return function(values, scope[0])

            return run_spread
        expect(site, len(site.args), least, most)
        runs = tuple(node.run for node in site.args)

        def run(data: JsonValue, scope: Scope) -> JsonValue:
            return function([run(data, scope) for run in runs], scope[0])

        return run

    return build


def only_argument(site: BuilderArguments) -> Evaluator:
    """Return the only argument of an operator. Null if the argument is missing."""
    if site.spread is not None:
        return site.spread.run
    return site.args[0].run if site.args else lambda _data, _scope: None
