"""An explanation says what every node gave and why the rule did or did not match."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.rules.predicate import Allowance, explain

RULE = {"and": [{"==": [{"var": "type"}, "order.created"]}, {">": [{"var": "payload.n"}, 10]}]}


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


def test_tree_marks_what_was_not_evaluated() -> None:
    tree = explain(RULE, {"type": "x"}).tree
    first, second = tree["children"]
    assert (tree["op"], tree["value"], tree["matched"], tree["evaluated"]) == ("and", False, False, True)
    assert (first["path"], first["evaluated"]) == (["and", 0], True)
    assert [child["value"] for child in first["children"]] == ["x", "order.created"]
    assert (second["op"], second["evaluated"], second["matched"], second["value"]) == (">", False, None, None)
    assert all(child["evaluated"] is False for child in second["children"])


def test_tree_counts_turns_of_a_loop() -> None:
    body = explain({"map": [[1, 2, 3], {"+": [{"var": ""}, 1]}]}, None).tree["children"][1]
    assert (body["op"], body["turns"], body["value"]) == ("+", 3, 4)


def test_explanation_ends_with_the_budget() -> None:
    explanation = explain({"map": [list(range(100)), {"var": ""}]}, None, Allowance(operations=50))
    assert (explanation.verdict, explanation.matched, explanation.value) == ("too_expensive", False, None)
    assert explanation.sentence.startswith("It was stopped, because")


def test_large_values_are_cut_in_the_tree() -> None:
    explanation = explain({"var": "payload"}, {"payload": [["x" * 10_000] * 1_000] * 1_000})
    assert explanation.matched
    assert len(json.dumps(explanation.tree)) < 200_000
