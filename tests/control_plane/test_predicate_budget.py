"""No rule costs more than its budget, whatever it is; and every evaluation ends in a verdict."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from automate.rules.predicate import EvaluationAllowance, TooExpensiveError, compile_rule, evaluate, verdict
from tests.support.facts import naming

ACCUMULATOR = {"var": "accumulator"}
TURNS = list(range(40))
BOMBS: dict[str, Any] = {
    "doubling text": {"reduce": [TURNS, {"cat": [ACCUMULATOR, ACCUMULATOR]}, "x"]},
    "doubling list": {"reduce": [TURNS, {"merge": [ACCUMULATOR, ACCUMULATOR]}, [1]]},
    "doubling graph": {"reduce": [TURNS, [ACCUMULATOR, ACCUMULATOR], "x"]},
    "mapped doubling": {"reduce": [TURNS, {"map": [[1, 2], {"val": [[2], "accumulator"]}]}, "x"]},
    "nested loops": {"map": [list(range(500)), {"map": [list(range(500)), {"var": ""}]}]},
    "long search": {"some": [list(range(5000)), {"in": ["b", {"val": [[2], "long"]}]}]},
    "patterns from data": {"some": [TURNS * 10, {"matches": ["a", {"cat": ["b", {"var": ""}]}]}]},
    "slow pattern": {"some": [TURNS, {"matches": [{"val": [[2], "long"]}, "(a?b?c?){300}d"]}]},
    "caught and retried": {"try": [{"reduce": [TURNS, {"cat": [ACCUMULATOR, ACCUMULATOR]}, "x"]}, "survived"]},
}
DATA: Any = {"long": "a" * 500_000}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_too_expensive_and_stays_small(name: str) -> None:
    predicate = compile_rule(BOMBS[name])
    tracemalloc.start()
    judged = verdict(predicate, DATA)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert judged.verdict == "too_expensive"
    assert judged.path
    assert peak < 16 * 1024 * 1024


def test_evaluate_raises_too_expensive() -> None:
    with pytest.raises(TooExpensiveError) as caught:
        evaluate(BOMBS["doubling text"], None)
    assert caught.value.error == {"type": "Too Expensive"}


def test_budget_pays_for_each_turn_of_a_loop() -> None:
    predicate = compile_rule({"map": [{"var": "items"}, {"+": [{"var": ""}, 1]}]})
    few, many = EvaluationAllowance(), EvaluationAllowance()
    predicate({"items": [1] * 10}, few)
    predicate({"items": [1] * 20}, many)
    assert (few.operations - many.operations) % 10 == 0
    assert few.operations - many.operations >= 10 * 3


def test_rule_larger_than_its_budget_is_refused_at_once() -> None:
    with pytest.raises(TooExpensiveError):
        compile_rule({"and": [True] * 20})(None, EvaluationAllowance(operations=20))


@pytest.mark.parametrize("levels", [100, 100_000])
def test_deep_rule_ends_in_a_verdict(levels: int) -> None:
    rule: Any = True
    for _ in range(levels):
        rule = {"!": [rule]}
    judged = verdict(compile_rule(rule), {})
    assert judged.verdict == "type_error"
    assert "levels deep" in judged.reason


def test_deep_data_is_compared_without_recursion() -> None:
    left: Any = []
    right: Any = []
    for _ in range(5_000):
        left, right = [left], [right]
    assert evaluate({"===": [{"var": "left"}, {"var": "right"}]}, {"left": left, "right": right}) is True


def test_verdict_names_the_node_that_failed() -> None:
    rule: Any = {"and": [{"==": [{"var": "type"}, "a"]}, {"or": [False, {">": [{"var": "n"}, 10]}]}]}
    judged = verdict(compile_rule(rule), {"type": "a", "n": "many"})
    assert judged.verdict == "type_error"
    assert judged.path == ("and", 1, "or", 1)
    assert judged.reason == naming("number")


@pytest.mark.parametrize(
    ("data", "word"), [({"n": 11}, "matched"), ({"n": 9}, "unmatched"), (None, "unmatched"), ({"n": {1}}, "type_error")]
)
def test_verdict_has_a_word_for_any_data(data: Any, word: str) -> None:
    assert verdict(compile_rule({">": [{"var": "n"}, 10]}), data).verdict == word


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"+": [{"var": "secret"}, 1]}, naming("number")),
        ({"before": [{"var": "secret"}, 0]}, naming("time")),
        ({"cidr": [{"var": "secret"}, "10.0.0.0/8"]}, naming("IP")),
        ({"cidr": ["10.0.0.1", {"var": "secret"}]}, naming("network", "10.0.0.0/8")),
        ({"cidr": ["10.0.0.1", {"cat": [{"var": "secret"}, "/99"]}]}, None),
        (
            {"matches": ["x", {"var": "secret"}]},
            naming("RE2"),
        ),
        (
            {"glob": ["x", {"var": "secret"}]},
            naming("glob", "["),
        ),
        ({"throw": {"var": "secret"}}, naming("threw", "data")),
        ({"throw": [{"var": "secret"}]}, naming("threw", "data")),
        ({"throw": {"var": "thrown"}}, naming("threw", "data")),
        ({"throw": "no customer"}, naming("threw", "no customer")),
        (
            {"try": [{"throw": {"var": "secret"}}, {"throw": {"var": "type"}}]},
            naming("threw", "data"),
        ),
    ],
)
def test_verdict_that_is_kept_says_no_value_of_the_data(rule: Any, reason: str | None) -> None:
    judged = verdict(compile_rule(rule), {"secret": "hunter2-[", "thrown": {"type": "hunter2"}})
    assert judged.verdict == "type_error"
    assert "hunter2" not in judged.reason
    assert reason is None or judged.reason == reason
