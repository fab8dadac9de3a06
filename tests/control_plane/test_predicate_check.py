"""Saving a rule is strict, names everything at once, and says how to mend it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.rules.predicate import RuleLimits, check_rule
from tests.support.facts import Naming, naming

N = {"var": "payload.n"}


def nested(levels: int) -> Any:
    rule: Any = N
    for _ in range(levels - 1):
        rule = {"!!": [rule]}
    return rule


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ({"strts_with": ["a", "b"]}, (), naming("starts_with")),
        ({"<": [1]}, (), naming('{"<": [a, b]}')),
        ({"!": [1, 2]}, (), naming("1 argument")),
        ({"and": []}, (), naming("1 or more")),
        ({"and": [True, {"in": ["a"]}]}, ("and", 1), naming("2 arguments", "1")),
        ({"==": [1, 1], "!=": [1, 2]}, (), naming("one", "key")),
        ({"matches": [N, "(a"]}, (), naming("RE2")),
        ({"matches": [N, "a(?!b)"]}, (), naming("lookaround")),
        ({"matches": [N, "a" * 1001]}, (), naming("1000")),
        ({"glob": [N, "[a"]}, (), naming("closes")),
        ({"cidr": [N, "10.0.0.1/8"]}, (), naming("host bits")),
        ({"cidr": [N, ["10.0.0.0/8", "x"]]}, (), naming("network")),
        ({"before": [N, "tomorrow"]}, (), naming("time")),
        ({"==": [N, float("nan")]}, ("==", 1), naming("NaN")),
        ({"==": [N, {1, 2}]}, ("==", 1), naming("JSON", "set")),
        ({"==": [N, "\0"]}, ("==", 1), naming("NUL")),
        ({"==": [N, "\ud800"]}, ("==", 1), naming("surrogate")),
        ({"==": [N, 10**5000]}, ("==", 1), naming("64 bits")),
        ({1: [N]}, (), naming("text")),
        ({"map": ["x", 1]}, (), naming("list")),
        (nested(21), ("!!", 0) * 20, naming("20 levels")),
        (nested(100_000), ("!!", 0) * 20, naming("20 levels")),
        ({"or": [{"!!": [1]}] * 200}, (), naming("200 operations")),
        ({"in": [N, ["x" * 90] * 90]}, (), naming("8192")),
    ],
)
def test_bad_rule_is_refused_with_path_and_mending(rule: Any, path: tuple[Any, ...], words: Naming) -> None:
    problems = check_rule(rule).problems
    assert [(problem.code, problem.path) for problem in problems] == [("INVALID_RULE", path)]
    assert problems[0].message == words


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
    rule: Any = {"and": [{"foo": [{"bar": 1}]}, {"<": [1]}, {"matches": [N, "("]}, {"a": 1, "b": {"baz": []}}]}
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
        ({"<": [N, 10]}, naming('{"exists": "payload.n"}')),
        ({">": [10, N]}, naming('{"exists": "payload.n"}')),
        ({"!=": [N, 10]}, naming('{"exists": "payload.n"}')),
        ({"==": [N, 10]}, naming("===")),
        ({"==": [N, "10"]}, naming("===")),
        ({"!": [N]}, naming('{"===": [{"var": "payload.n"}, false]}')),
        ({"==": [{"var": "event.type"}, "a"]}, naming('"event"')),
        ({"exists": "body.n"}, naming('"body"')),
        ({"exists": N}, naming("path")),
        ({"some": [{"val": ["payload", "tags"]}, {"==": [{"val": []}, "urgent"]}]}, naming("value", "number")),
        ({"some": [{"var": "payload.tags"}, {"==": ["urgent", {"var": []}]}]}, naming("value", "number")),
        ({"some": [{"var": "payload.tags"}, {"<": [{"val": []}, 9]}]}, naming('{"!==": [{"var": ""}, null]}')),
        ({"some": [{"var": "payload.tags"}, {"!=": [9, {"var": ""}]}]}, naming("9 != null")),
    ],
)
def test_surprise_is_warned_of(rule: Any, words: Naming) -> None:
    checked = check_rule(rule)
    assert checked.ok
    assert words in [warning.message for warning in checked.warnings]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (True, naming("every event")),
        ("yes", naming("every event")),
        ({"==": [1, 1]}, naming("every event")),
        ({"or": [False, {"in": ["a", ["a", "b"]]}]}, naming("every event")),
        (False, naming("never")),
        ([], naming("never")),
        ({"==": ["type", "order.created"]}, naming("never")),
        ({">": ["x", 1]}, naming("type_error")),
    ],
)
def test_rule_that_reads_nothing_is_warned_of(rule: Any, words: Naming) -> None:
    (warning,) = check_rule(rule).warnings
    assert warning.path == ()
    assert warning.message == words


def test_comparison_of_constants_within_a_rule_is_warned_of() -> None:
    forgotten: Any = {"and": [{"==": ["type", "order.created"]}, {">": [N, 10]}, {"cat": ["a", {"+": [60, 60]}]}]}
    (warning,) = check_rule(forgotten).warnings
    assert (warning.path, warning.message) == (
        ("and", 0),
        naming("false", '"type"'),
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
