"""The index leaves out no rule that matches, whatever the rules and the data; and it does leave out the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import example, find, given, settings
from hypothesis import strategies as st

from automate.rules.predicate import Necessary, RuleIndex, compile_rule, necessary_conditions, verdict
from automate.rules.predicate import necessary as needs
from tests.control_plane.test_predicate_conformance import cases
from tests.support.examples import examples
from tests.support.facts import Naming, naming

LIKE_NUMBERS = [
    "5",
    "5.0",
    " 5 ",
    "05",
    "+5",
    "0",
    "-0",
    "",
    " ",
    "1",
    "1e1",
    "1e999",
    "0x5",
    "a",
    "a.b",
    "null",
    "true",
]
NUMBERS = [0, -0.0, 1, 1.0, 5, 5.0, 10, 0.1, 2**53, 2**53 + 1, float(2**53), 2**64, 2**64 + 1, 10**400, 1e308]
SCALARS = st.sampled_from([None, True, False, *LIKE_NUMBERS, *NUMBERS])
KEYS = st.sampled_from(["a", "b", "0", "1", "a.b", "", "01"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
DATA = st.dictionaries(KEYS, VALUES, max_size=4) | VALUES
REFERENCES = st.one_of(
    st.builds(lambda path: {"var": path}, st.sampled_from(["a", "b", "a.b", "a.0", "a.1", "0", "", "a.", "a..b", "gone"])),
    st.builds(lambda path: {"var": [path]}, st.sampled_from(["a", "b", "a.b", 0, 1.0, None])),
    st.builds(lambda path, other: {"var": [path, other]}, st.sampled_from(["a", "gone"]), SCALARS),
    st.builds(lambda path: {"val": path}, st.lists(KEYS | st.sampled_from([0, 1, -1, 1.0, True, None]), max_size=3)),
    st.builds(lambda path: {"val": path}, KEYS | st.none()),
    st.builds(lambda level: {"val": [[level], "a"]}, st.integers(0, 4)),
    st.just({"var": {"var": "a"}}),
    st.just({"exists": "a"}),
)  # fmt: skip
OPERANDS = REFERENCES | SCALARS | st.lists(SCALARS, max_size=3)
EQUALITIES = st.one_of(
    st.builds(lambda name, two: {name: two}, st.sampled_from(["==", "===", "!=", "!==", "<"]), st.lists(OPERANDS, min_size=1, max_size=3)),
    st.builds(lambda left, right: {"in": [left, right]}, REFERENCES, st.lists(SCALARS | REFERENCES | st.just([1]), max_size=4) | SCALARS),
)  # fmt: skip


def _combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    listed = st.lists(inner, min_size=0, max_size=4)
    return st.one_of(
        st.builds(lambda name, args: {name: args}, st.sampled_from(["and", "or", "if", "??", "try"]), listed),
        st.builds(lambda name, one: {name: one}, st.sampled_from(["!", "!!", "and", "or"]), inner),
        st.builds(lambda name, one: {name: [one]}, st.sampled_from(["!", "!!", "and", "or"]), inner),
        st.builds(lambda name, body: {name: [{"var": "a"}, body]}, st.sampled_from(["some", "all", "none", "map"]), inner),
    )  # fmt: skip


RULES = st.recursive(EQUALITIES | SCALARS | REFERENCES, _combined, max_leaves=10)
Needs = Callable[[Any], tuple[Necessary, ...]]


def matched(rules: Sequence[Any], data: Any) -> set[int]:
    return {place for place, rule in enumerate(rules) if verdict(compile_rule(rule), data).matched}


def left_out(rules: Sequence[Any], data: Any, needs_of: Needs = necessary_conditions) -> set[int]:
    """What matches, and the index does not know of."""
    return matched(rules, data) - set(RuleIndex([needs_of(rule) for rule in rules]).candidates(data))


@settings(max_examples=examples(600), deadline=None)
@given(rules=st.lists(RULES, min_size=1, max_size=6), data=DATA)
@example(rules=[{"==": [{"var": "a"}, "5"]}], data={"a": 5})
@example(rules=[{"==": [{"var": "a"}, 0]}], data={})
@example(rules=[{"==": [{"var": "a"}, False]}], data={"a": " "})
@example(rules=[{"in": [{"var": "a"}, [1]]}], data={"a": 1.0})
@example(rules=[{"==": [{"val": ["a.b"]}, 1]}, {"==": [{"var": "a.b"}, 1]}], data={"a.b": 1, "a": {"b": True}})
def test_index_leaves_out_nothing_that_matches(rules: list[Any], data: Any) -> None:
    assert left_out(rules, data) == set()


@settings(max_examples=examples(400), deadline=None)
@given(rule=RULES, data=DATA)
def test_condition_that_does_not_hold_is_never_of_a_rule_that_matches(rule: Any, data: Any) -> None:
    if matched([rule], data):
        assert all(condition.holds(data) for condition in necessary_conditions(rule))


@settings(max_examples=examples(300), deadline=None)
@given(rules=st.lists(RULES, min_size=1, max_size=6), data=DATA)
def test_candidate_fails_none_of_the_conditions_that_it_was_found_by(rules: list[Any], data: Any) -> None:
    """What is left out has a reason to give; what is not was looked up by a condition that holds, or has none."""
    found = set(RuleIndex([necessary_conditions(rule) for rule in rules]).candidates(data))
    for place, rule in enumerate(rules):
        conditions = necessary_conditions(rule)
        holding = [condition.holds(data) for condition in conditions]
        assert not all(holding) if place not in found else any(holding) or not conditions


def _through_negation(rule: Any) -> tuple[Necessary, ...]:
    """The twin: takes what stands below a negation for necessary."""
    ((name, operand),) = rule.items() if isinstance(rule, dict) and len(rule) == 1 else (("", None),)
    inner = operand[0] if isinstance(operand, list) and operand else operand
    return _through_negation(inner) if name == "!" else necessary_conditions(rule)


def _through_one_branch(rule: Any) -> tuple[Necessary, ...]:
    """The twin: takes the first branch of an `or` for the whole of it."""
    ((name, operand),) = rule.items() if isinstance(rule, dict) and len(rule) == 1 else (("", None),)
    return (
        necessary_conditions(operand[0])
        if name == "or" and isinstance(operand, list) and operand
        else necessary_conditions(rule)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("twin", "around"),
    [
        (_through_negation, lambda equality: {"!": [equality]}),
        (_through_one_branch, lambda equality: {"or": [equality, True]}),
    ],
)
def test_index_of_what_is_not_necessary_is_found_out(twin: Needs, around: Callable[[Any], Any]) -> None:
    find(
        st.tuples(st.builds(around, EQUALITIES), DATA),
        lambda pair: bool(left_out([pair[0]], pair[1], twin)),
        settings=settings(max_examples=3_000, deadline=None, database=None),
    )


def test_index_that_does_not_coerce_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "loose_keys", needs.strict_keys)
    assert left_out([{"==": [{"var": "a"}, "5"]}], {"a": 5}) == {0}
    monkeypatch.undo()
    assert left_out([{"==": [{"var": "a"}, "5"]}], {"a": 5}) == set()


@pytest.mark.parametrize("case", cases())
def test_index_knows_the_rule_of_each_shared_case(case: dict[str, Any]) -> None:
    assert left_out([case["rule"]], case.get("data")) == set()


ORDER: Any = {"type": "order.paid", "source": "shop", "payload": {"n": 5, "tags": ["a"], "customer": {"id": "c1"}}}


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"==": [{"var": "type"}, "order.paid"]}, [("type", True)]),
        ({"==": ["order.created", {"var": "type"}]}, [("type", False)]),
        ({"===": [{"val": ["payload", "customer", "id"]}, "c1"]}, [("payload.customer.id", True)]),
        ({"in": [{"var": "type"}, ["order.created", "order.paid"]]}, [("type", True)]),
        ({"and": [{"==": [{"var": "type"}, "x"]}, {"and": [{"==": [{"var": "source"}, "shop"]}]}]}, [("type", False), ("source", True)]),
        ({"or": [{"==": [{"var": "type"}, "a"]}, {"or": [{"===": [{"var": "type"}, "b"]}]}]}, [("type", False)]),
        ({"==": [{"var": "payload.n"}, "5.0"]}, [("payload.n", True)]),
        ({"===": [{"var": "payload.n"}, "5"]}, [("payload.n", False)]),
        ({"===": [{"var": "payload.n"}, True]}, [("payload.n", False)]),
        ({"==": [{"var": "payload.tags"}, "a"]}, [("payload.tags", False)]),
        ({"==": [{"var": "payload"}, 0]}, [("payload", False)]),
        # Nothing is certain about these.
        ({"!": [{"==": [{"var": "type"}, "x"]}]}, []),
        ({"!=": [{"var": "type"}, "x"]}, []),
        ({"or": [{"==": [{"var": "type"}, "x"]}, {"==": [{"var": "source"}, "x"]}]}, []),
        ({"or": [{"==": [{"var": "type"}, "x"]}, True]}, []),
        ({"if": [{"==": [{"var": "type"}, "x"]}, True, False]}, []),
        ({"==": [{"var": ["type", "x"]}, "x"]}, []),
        ({"==": [{"var": "type"}, {"var": "source"}]}, []),
        ({"==": [{"var": "type"}, ["x"]]}, []),
        ({"in": ["x", {"var": "payload.tags"}]}, []),
        ({"in": [{"var": "type"}, "order.created order.shipped"]}, []),
        ({"in": [{"var": "type"}, []]}, []),
        ({"some": [{"var": "payload.tags"}, {"==": [{"var": ""}, "x"]}]}, []),
        (True, []),
    ],
)  # fmt: skip
def test_what_is_necessary(rule: Any, found: list[tuple[str, bool]]) -> None:
    assert [(".".join(one.keys), one.holds(ORDER)) for one in necessary_conditions(rule)] == found


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"==": [{"var": "type"}, "order.created"]}, naming("type", '"order.paid"', '"order.created"')),
        ({"in": [{"var": "payload.n"}, [1, 2, 3, 4, 6]]}, naming("payload.n", 5, "1, 2, 3", "2 more")),
        ({"===": [{"var": "subject"}, "x"]}, naming("subject", "missing", '"x"')),
        ({"==": [{"var": "payload.tags"}, 1]}, naming("payload.tags", "list", 1)),
    ],
)
def test_refusal_says_what_stands_there_and_what_was_wanted(rule: Any, words: Naming) -> None:
    (condition,) = necessary_conditions(rule)
    assert condition.refusal(needs.read(ORDER, condition.keys)) == words


def test_rules_are_found_by_their_most_selective_condition() -> None:
    rules: list[Any] = [
        {"and": [{"==": [{"var": "type"}, "order.paid"]}, {"==": [{"var": "payload.n"}, n]}]} for n in range(1_000)
    ]
    index = RuleIndex([necessary_conditions(rule) for rule in rules])
    assert index.candidates(ORDER) == [5]
    assert index.candidates({**ORDER, "type": "other"}) == [5]


@pytest.mark.parametrize("hostile", [{}, [], {"x": 1}, "9" * 401, "1e9999", 10**30, float(10**300), None])
def test_hostile_value_makes_no_candidate_of_every_rule(hostile: Any) -> None:
    index = RuleIndex([necessary_conditions({"==": [{"var": "payload.n"}, n]}) for n in range(1_000)])
    assert len(index.candidates({"payload": {"n": hostile}})) <= 1
    assert len(index.candidates({"payload": hostile})) <= 1


def test_cost_follows_the_paths_and_not_the_rules() -> None:
    """Counted, so that no machine's noise can be in it."""

    class Counting(dict[str, Any]):
        asked = 0

        def get(self, key: str, default: Any = None) -> Any:
            Counting.asked += 1
            return super().get(key, default)

    kinds: list[Any] = [{"==": [{"var": "type"}, f"kind.{n}"]} for n in range(1_000)]
    sources: list[Any] = [{"===": [{"var": "source"}, f"source.{n}"]} for n in range(1_000)]
    index = RuleIndex([necessary_conditions(rule) for rule in kinds + sources])
    assert index.candidates(Counting(type="kind.7", source="source.8")) == [7, 1_008]
    assert Counting.asked == 2


def test_rule_and_data_are_left_as_they_are() -> None:
    rule: Any = {"or": [{"in": [{"var": "type"}, ["a", "b"]]}, {"==": [{"var": "type"}, "c"]}]}
    before = json.dumps([rule, ORDER])
    RuleIndex([necessary_conditions(rule)]).candidates(ORDER)
    assert json.dumps([rule, ORDER]) == before
