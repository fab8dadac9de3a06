"""A difference tells each step that changed once, by its key, with the places that changed and what it waits for."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from automate.kernel.canonical import canonical_json
from automate.workflows.diffing import MOST_PLACES, ChangedValue, DefinitionDifference, difference
from tests.support.examples import examples


def definition(*steps: Any, **top: Any) -> dict[str, Any]:
    return {"schema": 1, "steps": list(steps), **top}


def say(key: str, message: str = "x", **more: Any) -> dict[str, Any]:
    return {"key": key, "uses": "log.write", "with": {"message": message}, **more}


def told(found: DefinitionDifference) -> list[tuple[str, str]]:
    return [(step.key, step.change) for step in found.steps]


def test_the_same_is_no_difference() -> None:
    assert difference(definition(say("a")), definition(say("a"))).same
    assert difference(definition(timeout_seconds=60), definition(timeout_seconds=60.0)).same


def test_a_changed_value_is_told_with_its_place_and_both_sides() -> None:
    found = difference(definition(say("a", "one")), definition(say("a", "two", timeout_seconds=5)))
    (step,) = found.steps
    assert (step.key, step.change) == ("a", "changed")
    assert step.places == [
        ChangedValue(("with", "message"), "one", "two"),
        ChangedValue(("timeout_seconds",), None, 5, (False, True)),
    ]


def test_true_is_not_one_and_null_is_not_nothing() -> None:
    (step,) = difference(definition(say("a", with_=True)), definition(say("a", with_=1))).steps
    assert step.places == [ChangedValue(("with_",), True, 1)]
    (step,) = difference(definition(say("a")), definition({**say("a"), "if": None})).steps
    assert step.places == [ChangedValue(("if",), None, None, (False, True))]


def test_a_step_put_between_two_changes_what_the_one_below_waits_for() -> None:
    found = difference(definition(say("a"), say("b")), definition(say("a"), say("m"), say("b")))
    assert told(found) == [("m", "added"), ("b", "changed")]
    assert found.steps[1].needs == (("a",), ("m",))
    assert found.steps[1].places == []


def test_steps_that_only_stand_elsewhere_are_the_same() -> None:
    one, two = say("a", needs=[]), say("b", needs=[])
    assert difference(definition(one, two), definition(two, one)).same


def test_another_order_is_told_by_what_waits_for_what() -> None:
    found = difference(definition(say("a"), say("b")), definition(say("b"), say("a")))
    assert {step.key: step.needs for step in found.steps} == {"a": ((), ("b",)), "b": (("a",), ())}


def test_a_removed_step_is_told_whole() -> None:
    found = difference(definition(say("a"), say("b")), definition(say("a")))
    assert told(found) == [("b", "removed")]
    assert found.steps[0].places == [ChangedValue((), say("b"), None, (True, False))]


def test_a_rename_is_told_where_nothing_else_differs() -> None:
    (step,) = difference(definition(say("a")), definition(say("z"))).steps
    assert (step.key, step.change, step.renamed_from) == ("z", "renamed", "a")


def test_a_rename_with_another_change_is_a_step_that_went_and_one_that_came() -> None:
    found = difference(definition(say("a", "one")), definition(say("z", "two")))
    assert told(found) == [("z", "added"), ("a", "removed")]


def test_a_rename_that_could_be_either_of_two_is_none() -> None:
    found = difference(definition(say("a", needs=[]), say("b", needs=[])), definition(say("y", needs=[])))
    assert told(found) == [("y", "added"), ("a", "removed"), ("b", "removed")]


def test_what_is_beside_the_steps_is_told() -> None:
    found = difference(definition(timeout_seconds=60), definition(concurrency={"key": "x"}))
    assert [place.path for place in found.fields] == [("timeout_seconds",), ("concurrency",)]
    assert found.steps == []


def test_drafts_that_are_no_definitions_are_compared_all_the_same() -> None:
    drafts: list[Any] = [None, [], {"steps": 7}, {"steps": [1, {"key": 1}, {"key": "a"}, {"key": "a"}]}]
    for wrong in drafts:
        assert difference(wrong, wrong).same
        assert not difference(wrong, definition(say("b"))).same
        assert not difference(definition(say("b")), wrong).same


def test_more_places_than_are_told_are_counted() -> None:
    many = {str(number): 0 for number in range(MOST_PLACES + 5)}
    after = definition(say("a", data=dict.fromkeys(many, 1)), say("b", "new"))
    found = difference(definition(say("a", data=many)), after)
    assert sum(len(step.places) for step in found.steps) == MOST_PLACES
    assert found.left_out == 6
    assert told(found) == [("a", "changed"), ("b", "added")]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=2),
    max_leaves=4,
)
STEPS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4).map(
    lambda found: [{"key": key, "uses": "log.write", "needs": [], "with": value} for key, value in found.items()]
)


def applied(found: DefinitionDifference, before: Any) -> dict[str, Any]:
    """What a difference says, done to the steps of before, by key."""
    steps = {step["key"]: copy.deepcopy(step) for step in before["steps"]}
    for change in found.steps:
        if change.change == "removed":
            del steps[change.key]
        elif change.change == "added":
            steps[change.key] = change.places[0].after
        elif change.change == "renamed":
            steps[change.key] = {**steps.pop(change.renamed_from), "key": change.key}
        for place in change.places if change.change == "changed" else ():
            parent = steps[change.key]
            for part in place.path[:-1]:
                parent = parent[part]
            if place.present[1]:
                parent[place.path[-1]] = place.after
            else:
                del parent[place.path[-1]]
    return steps


@settings(max_examples=examples(300), deadline=None)
@given(STEPS, STEPS)
def test_what_is_told_is_enough_to_make_the_one_of_the_other(before: Any, after: Any) -> None:
    made = applied(difference(definition(*before), definition(*after)), definition(*before))
    wanted = {step["key"]: step for step in after}
    assert canonical_json(made) == canonical_json(wanted)
