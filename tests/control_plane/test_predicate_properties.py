"""Laws that hold for any rule and any data."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from automate.rules.predicate import (
    EvaluationAllowance,
    PredicateError,
    TooExpensiveError,
    check_rule,
    compile_rule,
    evaluate,
    explain,
    verdict,
)
from automate.rules.predicate.operators import TABLE
from tests.support.examples import examples

scalars = st.none() | st.booleans() | st.integers(-3, 12) | st.floats(allow_nan=False) | st.text("ab1. *[", max_size=4)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.", max_size=2), inner, max_size=3),
    max_leaves=12,
)
paths = st.sampled_from(["", "a", "b", "a.b", "a.0", "current", "accumulator", "gone"])


def operations(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    operands = st.lists(inner, max_size=4) | inner
    return st.builds(lambda name, operand: {name: operand}, st.sampled_from([*TABLE, "nope"]), operands) | st.lists(
        inner, max_size=3
    )


rules = st.recursive(scalars | st.builds(lambda path: {"var": path}, paths), operations, max_leaves=20)
anything = rules | json_values


def outcome(rule: Any, data: Any) -> tuple[str, str]:
    try:
        return "value", repr(evaluate(rule, data))
    except TooExpensiveError:
        return "too_expensive", ""
    except PredicateError as error:
        return "type_error", repr(error.error)


class Watched(dict[str, Any]):
    """An object that remembers which of its keys were asked for."""

    def __init__(self) -> None:
        super().__init__(a={"b": [1]}, list=[{"a": 1}, {"b": 2}])
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


names = st.sampled_from(["a", "b", "list"])
dotted_names = st.lists(names, min_size=1, max_size=3).map(".".join)
written_reads = st.one_of(
    st.builds(lambda path: {"var": path}, dotted_names),
    st.builds(lambda path, level: {"val": [[level], *path]}, st.lists(names, min_size=1), st.integers(0, 6)),
    st.builds(lambda path: {"val": path}, st.lists(names, min_size=1)),
    st.builds(lambda path: {"exists": path}, dotted_names | st.lists(names, min_size=1)),
    st.builds(lambda found: {"missing": found}, dotted_names | st.lists(dotted_names, min_size=1)),
    st.builds(lambda found: {"missing_some": [1, found]}, st.lists(dotted_names, min_size=1)),
)
reading_rules = st.recursive(
    written_reads,
    lambda inner: st.one_of(
        st.builds(
            lambda op, args: {op: args}, st.sampled_from(["or", "and", "if", "merge"]), st.lists(inner, min_size=2)
        ),
        st.builds(lambda op, body: {op: [{"var": "list"}, body]}, st.sampled_from(["map", "some", "filter"]), inner),
        st.builds(lambda body: {"reduce": [{"var": "list"}, body, 0]}, inner),
        st.builds(lambda rest: {"try": [{"throw": "x"}, *rest]}, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=6,
)


@settings(max_examples=examples(600), deadline=None)
@given(rule=reading_rules)
def test_what_is_read_was_reported(rule: Any) -> None:
    data = Watched()
    outcome(rule, data)
    asked = {key for key in data.asked if "." not in key}  # exists asks for "a.b" as one key too
    assert asked <= {read.keys[0] for read in check_rule(rule).reads if read.keys}


@settings(max_examples=examples(600), deadline=None)
@given(rule=anything, data=json_values)
def test_verdict_never_raises_and_agrees_with_evaluate(rule: Any, data: Any) -> None:
    judged = verdict(compile_rule(rule), data)
    kind, _ = outcome(rule, data)
    assert judged.verdict in ({"matched", "unmatched"} if kind == "value" else {kind})
    assert judged.reason


@settings(max_examples=examples(600), deadline=None)
@given(rule=anything, data=json_values)
def test_explanation_agrees_with_evaluate(rule: Any, data: Any) -> None:
    explanation = explain(rule, data)
    assert explanation.verdict == verdict(compile_rule(rule), data).verdict
    if explanation.verdict in {"matched", "unmatched"}:
        assert outcome(rule, data) == ("value", repr(explanation.value))
    assert json.loads(json.dumps(explanation.tree)) == explanation.tree
    assert explanation.sentence.endswith(".")


@settings(max_examples=examples(300), deadline=None)
@given(rule=anything, data=json_values, operations=st.integers(0, 60), size=st.integers(0, 60))
def test_explanation_spends_what_evaluation_spends(rule: Any, data: Any, operations: int, size: int) -> None:
    plain, watched = EvaluationAllowance(operations, size), EvaluationAllowance(operations, size)
    judged = verdict(compile_rule(rule), data, plain)
    assert explain(rule, data, watched).verdict == judged.verdict
    assert (plain.operations, plain.bytes) == (watched.operations, watched.bytes)


@settings(max_examples=examples(600), deadline=None)
@given(rule=anything)
def test_check_never_raises_and_points_into_the_rule(rule: Any) -> None:
    for problem in check_rule(rule).problems:
        place: Any = rule
        for key in problem.path:
            place = place[key] if isinstance(place, dict | list) else place  # type: ignore[index]
        assert problem.message[-1] in ".?"


def interpret(rule: Any, data: Any) -> Any:
    """The slow and obvious reading of a part of the language that cannot fail: integers, booleans and null."""
    if not isinstance(rule, dict):
        return rule
    ((name, operand),) = rule.items()
    if name == "var":
        return data.get(operand)
    if name in {"and", "or"}:
        for argument in operand:
            value = interpret(argument, data)
            if bool(value) == (name == "or"):
                return value
        return value
    if name == "if":
        condition, then, otherwise = operand
        return interpret(then if interpret(condition, data) else otherwise, data)
    values = [interpret(argument, data) for argument in operand]
    left, right = (values[0] or 0), (values[-1] or 0)
    return {
        "!": lambda: not left,
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
    }[name]()


def plain_operations(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    binary = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "+", "-", "*"])
    return (
        st.builds(lambda name, left, right: {name: [left, right]}, binary, inner, inner)
        | st.builds(
            lambda name, args: {name: args}, st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=4)
        )
        | st.builds(lambda argument: {"!": [argument]}, inner)
        | st.builds(lambda a, b, c: {"if": [a, b, c]}, inner, inner, inner)
    )


plain_scalars = st.none() | st.booleans() | st.integers(-5, 5)
plain_rules = st.recursive(
    plain_scalars | st.builds(lambda key: {"var": key}, st.sampled_from("abc")), plain_operations, max_leaves=12
)


@settings(max_examples=examples(600), deadline=None)
@given(rule=plain_rules, data=st.dictionaries(st.sampled_from("abc"), plain_scalars))
def test_compiled_rule_equals_the_obvious_interpretation(rule: Any, data: dict[str, Any]) -> None:
    expected = interpret(rule, data)
    found = evaluate(rule, data)
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)
