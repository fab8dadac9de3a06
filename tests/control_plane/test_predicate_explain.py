"""An explanation says what every node gave and why the rule did or did not match. The catalogue of a predicate's sentences."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.rules.predicate import EvaluationAllowance, check_rule, compile_rule, explain, verdict
from automate.rules.predicate.necessary import necessary_conditions, read

RULE: Any = {"and": [{"==": [{"var": "type"}, "order.created"]}, {">": [{"var": "payload.n"}, 10]}]}


def event(n: Any) -> dict[str, Any]:
    return {"type": "order.created", "payload": {"n": n}}


@pytest.mark.parametrize(
    ("rule", "data", "sentence"),
    [
        (RULE, event(5), "It did not match, because payload.n is 5, which is not greater than 10."),
        (RULE, {"type": "x"}, 'It did not match, because type is "x", which does not equal "order.created".'),
        (
            {"<": [{"var": "payload.n"}, 10]},
            {},
            "It matched, because payload.n is missing or null, which is less than 10.",
        ),
        (
            {"<": [1, {"var": "payload.n"}, 10]},
            event(50),
            "It did not match, because payload.n is 50, which is not less than 10.",
        ),
        ({"or": [{"===": [1, 2]}, {"===": [3, 3]}]}, {}, "It matched, because 3 is the same as 3."),
        ({"!": [{"exists": "payload.x"}]}, {}, "It matched, because payload.x does not exist."),
        (
            {"in": [{"var": "type"}, ["a", "b"]]},
            {"type": "c"},
            'It did not match, because type is "c", which is not in a list of 2.',
        ),
        (
            {"all": [{"var": "payload"}, {">": [{"var": "qty"}, 1]}]},
            {"payload": [{"qty": 2}, {"qty": 0}]},
            "It did not match, because in element 2 of payload qty is 0, which is not greater than 1.",
        ),
        ({"some": [{"var": "payload"}, {"var": "x"}]}, {}, "It did not match, because payload is empty or missing."),
        (True, {}, "It matched, because true is always true."),
        (RULE, event("many"), 'It ended in an error, because the text "many" is not a number (at and.1).'),
        ({"/": [1, 0]}, event(1), "It ended in an error, because it divides by zero."),
    ],
)
def test_sentence_says_why(rule: Any, data: Any, sentence: str) -> None:
    assert explain(rule, data).sentence == sentence


EVENT: Any = {"secret": "hunter2-[", "thrown": {"type": "hunter2"}}
ERRORS = [
    ({"+": [{"var": "secret"}, 1]}, "The text is not a number."),
    ({"before": [{"var": "secret"}, 0]}, 'Text is not a time; write one such as "2026-01-02T03:04:05Z".'),
    ({"cidr": [{"var": "secret"}, "10.0.0.0/8"]}, "Text is not an IP address."),
    ({"cidr": ["10.0.0.1", {"var": "secret"}]}, 'Text is not a network; write one such as "10.0.0.0/8".'),
    ({"matches": ["x", {"var": "secret"}]}, "RE2 does not accept the pattern; RE2 has no lookaround and no backreferences."),
    ({"glob": ["x", {"var": "secret"}]}, "The glob opens a [ and never closes it; write [[] for the character itself."),
    ({"throw": {"var": "secret"}}, "The rule threw what it found in the data."),
    ({"throw": "no customer"}, 'The rule threw "no customer".'),
]  # fmt: skip
TRUTHS = [(True, "The predicate is true for this event."), (False, "The predicate is false for this event.")]


REASONS = [*ERRORS, *TRUTHS]


@pytest.mark.parametrize(("rule", "reason"), REASONS, ids=range(len(REASONS)))
def test_reason_that_is_kept_says_what_became_of_the_rule(rule: Any, reason: str) -> None:
    assert verdict(compile_rule(rule), EVENT).reason == reason


@pytest.mark.parametrize(
    ("rule", "reasons"),
    [
        ({"==": [{"var": "type"}, "order.paid"]}, ['type is "order.created", not "order.paid"']),
        ({"==": [{"var": "payload.n"}, 7]}, ["payload.n is 5, not 7"]),
        ({"==": [{"var": "payload.x"}, 7]}, ["payload.x is missing or null, not 7"]),
    ],
)
def test_reason_of_a_rule_that_was_never_asked_says_what_it_needs(rule: Any, reasons: list[str]) -> None:
    assert [one.refusal(read(event(5), one.keys)) for one in necessary_conditions(rule)] == reasons


@pytest.mark.parametrize(
    ("rule", "warning"),
    [
        (True, 'this rule reads nothing of the event, so it matches every event of every type and source (run.failed and budget.threshold excepted); write {"var": "type"} for what stands in the event'),
        (False, 'this rule reads nothing of the event, so it never matches; write {"var": "type"} for what stands in the event'),
        ({">": ["x", 1]}, 'this rule reads nothing of the event, so it ends in the same type_error for every event; write {"var": "type"} for what stands in the event'),
        ({"and": [{"==": ["type", "x"]}, {">": [{"var": "payload.n"}, 10]}]}, 'this compares constants, so it is always false; write {"var": "type"} for what stands in the event'),
        ({"<": [{"var": "payload.n"}, 10]}, 'this matches when payload.n is missing (null < 10); add {"exists": "payload.n"} if it must be there'),
        ({"==": [{"var": "payload.n"}, 10]}, "== converts between text and numbers: if payload.n is text it is converted, and what cannot be converted ends in a type_error; === compares without converting"),
        ({"exists": "body.n"}, 'an event has no "body", so nothing is ever found there; its roots are type, source, subject, payload, headers, occurred_at'),
        ({"exists": {"var": "payload.n"}}, 'exists takes the path itself, not the value found there; write {"exists": "payload.n"}'),
        ({"some": [{"var": "payload.tags"}, {"<": [{"val": []}, 9]}]}, 'this matches when the value is null (null < 9); add {"!==": [{"var": ""}, null]} if it must not be'),
    ],
)  # fmt: skip
def test_warning_says_what_the_rule_would_do(rule: Any, warning: str) -> None:
    assert [one.message for one in check_rule(rule).warnings] == [warning]


def test_tree_marks_what_was_not_evaluated() -> None:
    tree = explain(RULE, {"type": "x"}).tree
    children: Any = tree["children"]
    first, second = children
    assert (tree["op"], tree["value"], tree["matched"], tree["evaluated"]) == ("and", False, False, True)
    assert (first["path"], first["evaluated"]) == (["and", 0], True)
    assert [child["value"] for child in first["children"]] == ["x", "order.created"]
    assert (second["op"], second["evaluated"], second["matched"], second["value"]) == (">", False, None, None)
    assert all(child["evaluated"] is False for child in second["children"])


def test_tree_counts_turns_of_a_loop() -> None:
    children: Any = explain({"map": [[1, 2, 3], {"+": [{"var": ""}, 1]}]}, None).tree["children"]
    body = children[1]
    assert (body["op"], body["turns"], body["value"]) == ("+", 3, 4)


def test_explanation_ends_with_the_budget() -> None:
    explanation = explain({"map": [list(range(100)), {"var": ""}]}, None, EvaluationAllowance(operations=50))
    assert (explanation.verdict, explanation.matched, explanation.value) == ("too_expensive", False, None)
    assert explanation.sentence.startswith("It was stopped, because")


def test_large_values_are_cut_in_the_tree() -> None:
    explanation = explain({"var": "payload"}, {"payload": [["x" * 10_000] * 1_000] * 1_000})
    assert explanation.matched
    assert len(json.dumps(explanation.tree)) < 200_000
