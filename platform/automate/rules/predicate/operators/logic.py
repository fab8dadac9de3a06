"""The logical and conditional operators: `and or ! !! if ?: ?? try throw`."""

from __future__ import annotations

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.errors import PredicateError, TooExpensiveError, invalid
from automate.rules.predicate.node import BuilderArguments, Evaluator, Operator, Scope
from automate.rules.predicate.operators.building import only_argument, spread_arguments
from automate.rules.predicate.values import brief, truthy


def _runs(site: BuilderArguments) -> tuple[Evaluator, ...]:
    return tuple(node.run for node in site.args)


def _and(site: BuilderArguments) -> Evaluator:
    spread, runs = site.spread, _runs(site)
    if spread is not None:

        def run_spread(data: JsonValue, scope: Scope) -> JsonValue:
            values = spread_arguments(spread, data, scope)
            return next((value for value in values if not truthy(value)), values[-1] if values else None)

        return run_spread

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        value = None
        for argument in runs:
            value = argument(data, scope)
            if value is not True and not truthy(value):
                return value
        return value

    return run


def _or(site: BuilderArguments) -> Evaluator:
    spread, runs = site.spread, _runs(site)
    if spread is not None:

        def run_spread(data: JsonValue, scope: Scope) -> JsonValue:
            values = spread_arguments(spread, data, scope)
            return next((value for value in values if truthy(value)), values[-1] if values else None)

        return run_spread

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        value = None
        for argument in runs:
            value = argument(data, scope)
            if value is True or truthy(value):
                return value
        return value

    return run


def _not(site: BuilderArguments) -> Evaluator:
    argument = only_argument(site)
    return lambda data, scope: not truthy(argument(data, scope))


def _truth(site: BuilderArguments) -> Evaluator:
    argument = only_argument(site)
    return lambda data, scope: truthy(argument(data, scope))


def _if(site: BuilderArguments) -> Evaluator:
    # `[condition, value, condition, value, …, otherwise]`. A single argument is the result itself.
    spread, runs = site.spread, _runs(site)
    if spread is not None:

        def run_spread(data: JsonValue, scope: Scope) -> JsonValue:
            values = spread_arguments(spread, data, scope)
            for index in range(0, len(values) - 1, 2):
                if truthy(values[index]):
                    return values[index + 1]
            return values[-1] if len(values) % 2 else None

        return run_spread
    branches = tuple(zip(runs[0::2], runs[1::2], strict=False))
    otherwise = runs[-1] if len(runs) % 2 else None

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        for condition, value in branches:
            if truthy(condition(data, scope)):
                return value(data, scope)
        return otherwise(data, scope) if otherwise else None

    return run


def _coalesce(site: BuilderArguments) -> Evaluator:
    spread, runs = site.spread, _runs(site)
    if spread is not None:
        return lambda data, scope: next(
            (value for value in spread_arguments(spread, data, scope) if value is not None), None
        )

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        for argument in runs:
            value = argument(data, scope)
            if value is not None:
                return value
        return None

    return run


def _try(site: BuilderArguments) -> Evaluator:
    # After a failure, the next argument gets the error as its data. TooExpensiveError is not caught.
    runs = _runs(site) if site.spread is None else (site.spread.run,)

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        failure: PredicateError | None = None
        inner_data, inner = data, scope
        for argument in runs:
            try:
                return argument(inner_data, inner)
            except TooExpensiveError:
                raise
            except PredicateError as error:
                failure = error
            inner_data, inner = failure.error, (scope[0], failure.error, {}, scope)
        if failure is None:
            return None
        raise failure

    return run


def _throw(site: BuilderArguments) -> Evaluator:
    argument = only_argument(site)
    # Text that the rule itself contains is no secret of the data.
    written = site.spread is None and all(node.constant for node in site.args)

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        thrown = argument(data, scope)
        bare = "" if written else "the rule threw what it found in the data"
        if isinstance(thrown, str):
            raise PredicateError({"type": thrown}, f"the rule threw {brief(thrown)}", bare=bare)
        if isinstance(thrown, dict):
            raise PredicateError(thrown, f"the rule threw {brief(thrown.get('type', 'an object'))}", bare=bare)
        raise invalid("throw takes text or an object")

    return run


OPERATORS = (
    Operator("and", _and, 1, None, '{"and": [a, b, …]}', lazy=True),
    Operator("or", _or, 1, None, '{"or": [a, b, …]}', lazy=True),
    Operator("!", _not, 1, 1, '{"!": [a]}'),
    Operator("!!", _truth, 1, 1, '{"!!": [a]}'),
    Operator("if", _if, 2, None, '{"if": [condition, value, otherwise]}', lazy=True),
    Operator("?:", _if, 3, 3, '{"?:": [condition, value, otherwise]}', lazy=True),
    Operator("??", _coalesce, 1, None, '{"??": [a, b, …]}', lazy=True),
    Operator("try", _try, 1, None, '{"try": [a, fallback]}', lazy=True),
    Operator("throw", _throw, 1, 1, '{"throw": "type"}'),
)
