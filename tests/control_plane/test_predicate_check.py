"""Saving a rule is strict, names everything at once, and says how to mend it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.rules.predicate import RuleLimits, check_rule

N = {"var": "payload.n"}


def nested(levels: int) -> Any:
    rule: Any = N
    for _ in range(levels - 1):
        rule = {"!!": [rule]}
    return rule


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ({"strts_with": ["a", "b"]}, (), 'did you mean "starts_with"'),
        ({"<": [1]}, (), '{"<": [a, b]}'),
        ({"!": [1, 2]}, (), "takes 1 argument"),
        ({"and": []}, (), "1 or more"),
        ({"and": [True, {"in": ["a"]}]}, ("and", 1), "takes 2 arguments, not 1"),
        ({"==": [1, 1], "!=": [1, 2]}, (), "one key"),
        ({"matches": [N, "(a"]}, (), "RE2"),
        ({"matches": [N, "a(?!b)"]}, (), "lookaround"),
        ({"matches": [N, "a" * 1001]}, (), "1000 characters"),
        ({"glob": [N, "[a"]}, (), "never closes"),
        ({"cidr": [N, "10.0.0.1/8"]}, (), "host bits"),
        ({"cidr": [N, ["10.0.0.0/8", "x"]]}, (), "not a network"),
        ({"before": [N, "tomorrow"]}, (), "not a time"),
        ({"==": [N, float("nan")]}, ("==", 1), "NaN"),
        ({"==": [N, {1, 2}]}, ("==", 1), "set"),
        ({"==": [N, "\0"]}, ("==", 1), "NUL"),
        ({"==": [N, "\ud800"]}, ("==", 1), "surrogate"),
        ({"==": [N, 10**5000]}, ("==", 1), "64 bits"),
        ({1: [N]}, (), "not text"),
        ({"map": ["x", 1]}, (), "goes through a list"),
        (nested(21), ("!!", 0) * 20, "20 levels"),
        (nested(100_000), ("!!", 0) * 20, "20 levels"),
        ({"or": [{"!!": [1]}] * 200}, (), "200 operations"),
        ({"in": [N, ["x" * 90] * 90]}, (), "8192"),
    ],
)
def test_bad_rule_is_refused_with_path_and_mending(rule: Any, path: tuple[Any, ...], words: str) -> None:
    problems = check_rule(rule).problems
    assert [(problem.code, problem.path) for problem in problems] == [("INVALID_RULE", path)]
    assert words in problems[0].message


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [{"==": [{"var": "type"}, "order.created"]}, {">": [N, 10]}]},
        nested(20),
        {"or": [{"!!": [1]}] * 199},
        {"!": N},
        {"max": {"var": "payload.list"}},
        {"in": [{"var": "type"}, ["a"] * 300]},
        True,
    ],
)
def test_good_rule_has_no_problems(rule: Any) -> None:
    assert check_rule(rule).ok


def test_all_problems_come_at_once() -> None:
    rule = {"and": [{"foo": [{"bar": 1}]}, {"<": [1]}, {"matches": [N, "("]}, {"a": 1, "b": {"baz": []}}]}
    assert {problem.path for problem in check_rule(rule).problems} == {
        ("and", 0),
        ("and", 0, "foo", 0),
        ("and", 1),
        ("and", 2),
        ("and", 3),
        ("and", 3, "b"),
    }


def test_limits_are_the_callers() -> None:
    limits = RuleLimits(depth=1, nodes=1, bytes=10)
    messages = " ".join(problem.message for problem in check_rule({"!": [True, False]}, limits).problems)
    assert "limit is 10" in messages
    assert "takes 1 argument" in messages


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"<": [N, 10]}, "matches when payload.n is missing"),
        ({">": [10, N]}, "matches when payload.n is missing"),
        ({"!=": [N, 10]}, "matches when payload.n is missing"),
        ({"==": [N, 10]}, "=== compares without converting"),
        ({"==": [N, "10"]}, "=== compares without converting"),
        ({"!": [N]}, "matches when payload.n is missing"),
        ({"==": [{"var": "event.type"}, "a"]}, 'no "event"'),
        ({"exists": "body.n"}, 'no "body"'),
        ({"exists": N}, "the path itself"),
        ({"some": [{"val": ["payload", "tags"]}, {"==": [{"val": []}, "urgent"]}]}, "if the value is a number"),
        ({"some": [{"var": "payload.tags"}, {"==": ["urgent", {"var": []}]}]}, "if the value is a number"),
        ({"some": [{"var": "payload.tags"}, {"<": [{"val": []}, 9]}]}, '{"!==": [{"var": ""}, null]}'),
        ({"some": [{"var": "payload.tags"}, {"!=": [9, {"var": ""}]}]}, "matches when the value is null (9 != null)"),
    ],
)
def test_surprise_is_warned_of(rule: Any, words: str) -> None:
    checked = check_rule(rule)
    assert checked.ok
    assert any(words in warning.message for warning in checked.warnings)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (True, "so it matches every event"),
        ("yes", "so it matches every event"),
        ({"==": [1, 1]}, "so it matches every event"),
        ({"or": [False, {"in": ["a", ["a", "b"]]}]}, "so it matches every event"),
        (False, "so it never matches"),
        ([], "so it never matches"),
        ({"==": ["type", "order.created"]}, "so it never matches"),
        ({">": ["x", 1]}, "so it ends in the same type_error for every event"),
    ],
)
def test_rule_that_reads_nothing_is_warned_of(rule: Any, words: str) -> None:
    (warning,) = check_rule(rule).warnings
    assert warning.path == ()
    assert warning.message.startswith(f"this rule reads nothing of the event, {words}")


def test_comparison_of_constants_within_a_rule_is_warned_of() -> None:
    forgotten = {"and": [{"==": ["type", "order.created"]}, {">": [N, 10]}, {"cat": ["a", {"+": [60, 60]}]}]}
    (warning,) = check_rule(forgotten).warnings
    assert (warning.path, warning.message) == (
        ("and", 0),
        'this compares constants, so it is always false; write {"var": "type"} for what stands in the event',
    )


@pytest.mark.parametrize(
    "rule",
    [
        {"and": [{"===": [{"var": "type"}, "order.created"]}, {">": [N, 10]}]},
        {"==": [{"var": "type"}, "order.created"]},
        {"<": [{"var": ["payload.n", 99]}, 10]},
        {"some": [{"var": "payload.items"}, {"===": [{"var": "sku"}, "a"]}]},
        {"exists": "payload.n"},
        {"!": [{"missing": ["payload.n"]}]},
        {"==": [{"missing_some": [1, ["payload.a", "payload.b"]]}, []]},
        {"val": [{"cat": ["pay", "load"]}, "n"]},
        {">": [N, {"*": [60, 60]}]},
        {"!": {"val": []}},
        {"exists": {"var": ""}},
    ],
)
def test_plain_rule_has_no_warnings(rule: Any) -> None:
    assert check_rule(rule).warnings == ()


def test_problems_are_short_enough_to_show() -> None:
    for problem in check_rule({"x" * 5000: [], "y" * 5000: []}).problems:
        assert len(json.dumps(problem.message)) < 600
