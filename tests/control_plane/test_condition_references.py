"""Which data a condition may read is known before it runs: without the rest its verdict is the same."""

from __future__ import annotations

from typing import Any

import pytest

from automate.rules.predicate import DEEPEST, WHOLE, compile_rule, references, verdict

DATA: Any = {
    "event": {"type": "paid", "payload": {"n": 2, "list": [{"n": 1}, {"n": 2}]}},
    "steps": {"a": {"state": "succeeded", "output": {"n": 2}}, "b": {"state": "failed", "output": [1]}},
}
CONDITIONS: list[tuple[Any, set[tuple[str, ...]]]] = [
    (True, set()),
    ({"var": ""}, {WHOLE}),
    ({"var": "steps"}, {("steps",)}),
    ({"==": [{"var": "steps.a.state"}, "succeeded"]}, {("steps", "a", "state")}),
    ({"==": [{"var": ["steps.a.output.n", 0]}, 2]}, {("steps", "a", "output")}),
    ({"==": [{"val": ["steps", "a", "output", "n"]}, 2]}, {("steps", "a", "output")}),
    ({"exists": ["steps", "b", "output"]}, {("steps", "b", "output")}),
    ({"missing": ["steps.b.output", "event.type"]}, {("steps", "b", "output"), ("event", "type")}),
    ({"var": {"cat": ["steps.", "a.output.n"]}}, {WHOLE}),
    ({"val": [{"cat": ["ste", "ps"]}]}, {WHOLE}),
    ({"some": [{"var": "event.payload.list"}, {"==": [{"var": "n"}, 2]}]}, {("event", "payload", "list")}),
    ({"some": [{"var": "event.payload.list"}, {"==": [{"val": [[2], "steps", "a", "output", "n"]}, {"var": "n"}]}]},
     {("event", "payload", "list"), ("steps", "a", "output")}),
    ({"some": [{"var": "event.payload.list"}, {"==": [{"val": [[2], {"cat": ["ste", "ps"]}, "a", "output", "n"]}, 2]}]},
     {("event", "payload", "list"), WHOLE}),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS)
def test_references_are_all_that_a_condition_reads(condition: Any, expected: set[tuple[str, ...]]) -> None:
    found = references(condition, DEEPEST, 3)
    assert found == expected
    rule = compile_rule(condition)
    assert verdict(rule, _only(found)).verdict == verdict(rule, DATA).verdict


def _only(found: frozenset[tuple[str, ...]]) -> Any:
    """The data with nothing else in it."""
    if WHOLE in found:
        return DATA
    kept: dict[str, Any] = {}
    for path in found:
        source: Any = DATA
        target = kept
        for key in path[:-1]:
            source, target = source[key], target.setdefault(key, {})
        target[path[-1]] = source[path[-1]]
    return kept
