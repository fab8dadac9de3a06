from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automate.workflows.definition import (
    RETRY_FACTOR,
    RETRY_INITIAL_SECONDS,
    RETRY_MAX_ATTEMPTS,
    RETRY_MAX_SECONDS,
    RetryPolicy,
    parse,
)
from automate.workflows.graph import Ancestry, effective_needs, find_cycles, topological_order
from tests.support.cost import takes_under


def definition(*steps):
    """Each step is (key, needs) or (key, needs, on_failure), with needs None where not given."""
    raw: Any = [
        {"key": key, "uses": "log.write"}
        | ({} if needs is None else {"needs": needs})
        | ({"on_failure": rest[0]} if rest else {})
        for key, needs, *rest in steps
    ]
    return parse({"schema": 1, "steps": raw})


def test_defaults_are_filled_in():
    parsed = parse({"schema": 1, "steps": [{"key": "a", "uses": "log.write"}]})
    (step,) = parsed.steps
    assert (parsed.timeout_seconds, step.timeout_seconds) == (86_400, 60)
    assert (step.with_, step.needs, step.if_) == ({}, None, None)
    assert step.retry == RetryPolicy(RETRY_MAX_ATTEMPTS, RETRY_INITIAL_SECONDS, RETRY_FACTOR, RETRY_MAX_SECONDS)
    assert step.retry == RetryPolicy(3, 1, 2, 300)


def test_given_values_replace_defaults():
    raw: Any = {"key": "a", "uses": "x.y", "with": {"n": 1}, "needs": [], "if": {"var": "event"}, "timeout_seconds": 2}
    raw["retry"] = {"max_attempts": 5, "factor": 3}
    (step,) = parse({"schema": 1, "timeout_seconds": 10, "steps": [raw]}).steps
    assert (step.with_, step.needs, step.if_, step.timeout_seconds) == ({"n": 1}, (), {"var": "event"}, 2)
    assert step.retry == RetryPolicy(5, 1, 3, 300)


def test_default_step_timeout_never_passes_the_run():
    (step,) = parse({"schema": 1, "timeout_seconds": 10, "steps": [{"key": "a", "uses": "x.y"}]}).steps
    assert step.timeout_seconds == 10


def test_step_without_needs_follows_the_one_above():
    needs = effective_needs(definition(("a", None), ("b", None), ("c", []), ("d", None), ("e", ["a", "b"])).steps)
    assert needs == {"a": (), "b": ("a",), "c": (), "d": ("c",), "e": ("a", "b")}


def test_handler_follows_those_that_name_it_and_not_the_one_above():
    steps = definition(("a", None, "h"), ("b", None, "h"), ("c", None), ("h", None), ("d", None)).steps
    assert effective_needs(steps) == {"a": (), "b": ("a",), "c": ("b",), "h": ("a", "b"), "d": ("h",)}


def test_handler_adds_its_own_needs_to_those_that_name_it():
    steps = definition(("a", None, "h"), ("b", []), ("c", [], "h"), ("h", ["b", "a"]), ("late", [], "h")).steps
    assert effective_needs(steps)["h"] == ("b", "a", "c", "late")
    assert effective_needs(definition(("a", None), ("b", None, "h"), ("h", [])).steps)["h"] == ("b",)


@pytest.mark.parametrize("word", ["fail", "continue"])
def test_words_of_on_failure_make_no_handler_even_of_a_step_of_that_name(word):
    steps = definition(("a", None, word), ("b", None), (word, None)).steps
    assert effective_needs(steps) == {"a": (), "b": ("a",), word: ("b",)}


def test_topological_order_puts_needs_first():
    assert topological_order({"c": ["b"], "b": ["a"], "a": [], "d": ["a", "a"]}) == ["a", "b", "d", "c"]


def test_cycles_are_named():
    assert find_cycles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": ["e"], "f": []}) == [
        ["a", "b", "c", "a"],
        ["e", "e"],
    ]


def test_sound_graph_has_no_cycles():
    assert find_cycles({"a": [], "b": ["a"], "c": ["a", "b"]}) == []


def reachable(needs, key):
    """A slow reference: every step that has ended by the time that ``key`` starts."""
    found = set()
    pending = list(needs[key])
    while pending:
        need = pending.pop()
        if need not in found:
            found.add(need)
            pending.extend(needs[need])
    return found


def test_ancestors_are_all_that_ended_before():
    ancestry = Ancestry({"a": [], "b": ["a"], "c": ["b"], "d": []})
    assert [key for key in "abcd" if ancestry.is_ancestor(key, "c")] == ["a", "b"]
    assert [key for key in "abcd" if ancestry.is_ancestor(key, "d")] == []


@given(st.lists(st.lists(st.integers(0, 11), max_size=4), min_size=1, max_size=12))
def test_cycles_exactly_where_order_is_incomplete(wanted):
    needs = {str(i): [str(n % len(wanted)) for n in ns] for i, ns in enumerate(wanted)}
    order = topological_order(needs)
    cycles = find_cycles(needs)
    assert bool(cycles) == (len(order) < len(needs))
    for cycle in cycles:
        assert cycle[0] == cycle[-1]
        assert all(need in needs[key] for key, need in pairwise(cycle))
    sound = {key: needs[key] for key in order}
    ancestry = Ancestry(sound)
    for of in sound:
        assert {key for key in sound if ancestry.is_ancestor(key, of)} == reachable(sound, of)


def test_thousand_steps_take_under_a_tenth_of_a_second():
    chain = definition(*[(f"s{i}", None) for i in range(1000)])
    dense = {f"s{i}": [f"s{j}" for j in range(max(0, i - 50), i)] for i in range(1000)}
    ring = {f"s{i}": [f"s{(i + 1) % 1000}"] for i in range(1000)}

    def looked_at() -> None:
        assert len(effective_needs(chain.steps)) == 1000
        assert len(topological_order(dense)) == 1000
        ancestry = Ancestry(dense)
        assert sum(ancestry.is_ancestor(key, "s999") for key in dense) == 999
        assert len(find_cycles(ring)[0]) == 1001

    assert takes_under(0.1, looked_at)
