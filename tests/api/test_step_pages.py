"""Steps are listed in the order of execution, and all of them can be read."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.plane import Plane, Scripted, connectors

STEPS = "{ runs(first: 1) { edges { node { id stepCount steps(first: 100) { key } } } } }"
TOO_MANY = "{ runs(first: 1) { edges { node { steps(first: 101) { key } } } } }"
PAGE = """query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { run(id: $id) {
  stepConnection(first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { key attempt } } } } }"""


def run_of(api: Api) -> Any:
    return api.data(STEPS)["runs"]["edges"][0]["node"]


def finish(plane: Plane, steps: list[dict[str, Any]]) -> None:
    with connectors(Scripted(name="test.do")):
        plane.publish("many", steps)
        plane.send({})
        plane.drain()
    assert plane.run_states() == ["succeeded"]


def test_steps_that_one_transaction_began_are_in_the_order_of_execution(plane: Plane, api: Api) -> None:
    """By their keys they would be in the opposite order."""
    keys = ["zeta", "yota", "beta", "alpha"]
    steps = [{"key": "zeta", "uses": "flow.transform", "with": {"output": 1}}]
    steps += [
        {"key": key, "uses": "flow.transform", "with": {"output": 1}, "needs": [before]}
        for before, key in itertools.pairwise(keys)
    ]
    finish(plane, steps)
    ((times,),) = plane.rows("SELECT count(DISTINCT started_at) FROM step_run")
    assert times == 1
    node = run_of(api)
    assert [step["key"] for step in node["steps"]] == keys
    page = api.data(PAGE, id=node["id"], first=100)["run"]["stepConnection"]
    assert [edge["node"]["key"] for edge in page["edges"]] == keys


@pytest.fixture
def many(plane: Plane, api: Api) -> tuple[str, list[str]]:
    """A run of 230 steps, each after the one before. Returns its id, and the keys in order."""
    keys = [f"s{(number * 7919) % 230:03d}" for number in range(230)]
    steps: list[dict[str, Any]] = [{"key": keys[0], "uses": "flow.transform", "with": {"output": 1}}]
    steps += [
        {"key": key, "uses": "flow.transform", "with": {"output": 1}, "needs": [before]}
        for before, key in itertools.pairwise(keys)
    ]
    finish(plane, steps)
    return run_of(api)["id"], keys


def test_all_steps_are_read_in_both_directions(api: Api, many: tuple[str, list[str]]) -> None:
    run, keys = many
    for first, bound, further, ahead, behind in (
        ("first", "after", "endCursor", "hasNextPage", "hasPreviousPage"),
        ("last", "before", "startCursor", "hasPreviousPage", "hasNextPage"),
    ):
        pages: list[list[str]] = []
        cursor = None
        while True:
            page = api.data(PAGE, id=run, **{first: 90, bound: cursor})["run"]["stepConnection"]
            assert (page["totalCount"], page["pageInfo"][behind]) == (230, cursor is not None)
            pages.append([edge["node"]["key"] for edge in page["edges"]])
            cursor = page["pageInfo"][further]
            if not page["pageInfo"][ahead]:
                break
        in_order = pages if first == "first" else pages[::-1]
        assert [key for one in in_order for key in one] == keys


def test_cursor_of_another_list_is_refused(api: Api, many: tuple[str, list[str]]) -> None:
    other = api.data("{ runs(first: 1) { edges { cursor } } }")["runs"]["edges"][0]["cursor"]
    assert api.code(PAGE, id=many[0], first=1, after=other) == "INVALID_CURSOR"


def test_too_many_steps_name_the_connection(api: Api, many: tuple[str, list[str]]) -> None:
    (error,) = api.answer(TOO_MANY)["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["extensions"]["details"] == {"limit": "page_size", "maximum": 100, "use": "stepConnection"}
