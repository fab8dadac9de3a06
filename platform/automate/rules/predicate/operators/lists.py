"""The operators on lists: `in merge length`, and the loops `map filter reduce all some none`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from automate.kernel.json_values import JsonValue
from automate.rules.predicate.allowance import ELEMENT_BYTES, EvaluationAllowance
from automate.rules.predicate.errors import invalid
from automate.rules.predicate.node import BuilderArguments, CompiledNode, Evaluator, Operator, Scope
from automate.rules.predicate.operators.building import eager, expect, only_argument
from automate.rules.predicate.values import kind, same, text, truthy

SEARCHED_PER_OPERATION = 64
"""Number of characters that a search can scan for the price of one operation."""


def _in(values: list[JsonValue], allowance: EvaluationAllowance) -> bool:
    needle, haystack = values[:2]
    if isinstance(haystack, list):
        allowance.spend(len(haystack))
        return any(same(item, needle, allowance) for item in haystack)
    if isinstance(haystack, str) and isinstance(needle, str | int | float) and not isinstance(needle, bool):
        allowance.spend(len(haystack) // SEARCHED_PER_OPERATION)
        return text(needle) in haystack
    return False


def _merge(values: list[JsonValue], allowance: EvaluationAllowance) -> list[JsonValue]:
    merged: list[JsonValue] = []
    for value in values:
        items = value if isinstance(value, list) else [value]
        allowance.spend(len(items))
        for item in items:
            allowance.produce_value(item)
        merged.extend(items)
    return merged


def _length(site: BuilderArguments) -> Evaluator:
    argument = only_argument(site)

    def run(data: JsonValue, scope: Scope) -> int:
        value = argument(data, scope)
        if not isinstance(value, str | list | dict):
            raise invalid(f"length takes text, a list or an object, not {kind(value)}")
        return len(value)

    return run


def _loop(site: BuilderArguments, most: int = 2) -> tuple[Evaluator, CompiledNode]:
    # Raises if the first argument can never be a list, or the body is missing.
    if site.spread is not None:
        raise invalid(f"{site.name} takes a list of arguments: [list, body]")
    expect(site, len(site.args), 2, most)
    source, body = site.args[:2]
    if source.constant and not isinstance(source.value, list):
        raise invalid(f"{site.name} goes through a list, not {kind(source.value)}")
    if body.constant and body.value is None:
        raise invalid(f"the body of {site.name} is null")
    return source.run, body


def _elements(value: JsonValue, name: str) -> list[JsonValue]:
    # Null counts as an empty list.
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise invalid(f"{name} goes through a list, not {kind(value)}")


def _turns(site: BuilderArguments) -> Callable[[JsonValue, Scope], Iterator[tuple[JsonValue, JsonValue]]]:
    # Each turn is charged to the allowance.
    source, node = _loop(site)
    body, cost = node.run, 1 + node.cost

    def turns(data: JsonValue, scope: Scope) -> Iterator[tuple[JsonValue, JsonValue]]:
        allowance = scope[0]
        for index, item in enumerate(_elements(source(data, scope), site.name)):
            allowance.spend(cost)
            yield item, body(item, (allowance, item, {"index": index}, scope))

    return turns


def _map(site: BuilderArguments) -> Evaluator:
    turns = _turns(site)

    def run(data: JsonValue, scope: Scope) -> list[JsonValue]:
        mapped = []
        for _, value in turns(data, scope):
            scope[0].produce_value(value)
            mapped.append(value)
        return mapped

    return run


def _filter(site: BuilderArguments) -> Evaluator:
    turns = _turns(site)

    def run(data: JsonValue, scope: Scope) -> list[JsonValue]:
        kept = []
        for item, value in turns(data, scope):
            if truthy(value):
                scope[0].produce(ELEMENT_BYTES)
                kept.append(item)
        return kept

    return run


def _all(site: BuilderArguments) -> Evaluator:
    # An empty list gives false, as JsonLogic defines.
    turns = _turns(site)

    def run(data: JsonValue, scope: Scope) -> bool:
        verdict = False
        for _, value in turns(data, scope):
            verdict = truthy(value)
            if not verdict:
                return False
        return verdict

    return run


def _some(site: BuilderArguments) -> Evaluator:
    turns = _turns(site)
    return lambda data, scope: any(truthy(value) for _, value in turns(data, scope))


def _none(site: BuilderArguments) -> Evaluator:
    turns = _turns(site)
    return lambda data, scope: not any(truthy(value) for _, value in turns(data, scope))


def _reduce(site: BuilderArguments) -> Evaluator:
    # The body reads `{"current": element, "accumulator": …}`. Without a start value, the first element is the accumulator.
    source, node = _loop(site, most=3)
    body, cost = node.run, 1 + node.cost
    start = site.args[2].run if len(site.args) > 2 else None  # noqa: PLR2004

    def run(data: JsonValue, scope: Scope) -> JsonValue:
        allowance = scope[0]
        items = _elements(source(data, scope), site.name)
        if start is not None:
            accumulator, first = start(data, scope), 0
        else:
            accumulator, first = (items[0] if items else None), 1
        for index in range(first, len(items)):
            allowance.spend(cost)
            turn = {"current": items[index], "accumulator": accumulator}
            accumulator = body(turn, (allowance, turn, {"index": index}, scope))
        return accumulator

    return run


OPERATORS = (
    Operator("in", eager(_in, 2), 2, 2, '{"in": [item, list or text]}', says=("is in", "is not in")),
    Operator("merge", eager(_merge), 1, None, '{"merge": [list, list]}'),
    Operator("length", _length, 1, 1, '{"length": [list or text]}'),
    Operator("map", _map, 2, 2, '{"map": [list, body]}', body=1),
    Operator("filter", _filter, 2, 2, '{"filter": [list, condition]}', body=1),
    Operator("all", _all, 2, 2, '{"all": [list, condition]}', body=1),
    Operator("some", _some, 2, 2, '{"some": [list, condition]}', body=1),
    Operator("none", _none, 2, 2, '{"none": [list, condition]}', body=1),
    Operator("reduce", _reduce, 2, 3, '{"reduce": [list, body, start]}', body=1),
)
