"""What a run's history tells apart, and what of it can be looked up: steps, their compensations, and their items."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.facts import naming
from tests.support.run_feed import Run
from tests.support.sockets import open_socket

TIMELINE = "{ runs(first: 1) { edges { node { timeline(first: 100) { edges { node { kind step item compensates message } } } } } } }"
UNDONE = """{ runs(first: 1) { edges { node { steps(first: 10) { key item compensates state
  compensation { key item compensates attempt state startedAt finishedAt input output idempotencyKey error { code }
    effect { step compensates state tries request }
    attempts(first: 5) { totalCount edges { node { attempt compensates state output error { code } } } }
    compensation { id } items { id } } } } } } }"""
ITEMS = """query($from: Int!, $first: Int!, $states: [StepState!]) { runs(first: 1) { edges { node { steps(first: 3) { key item
  items(from: $from, first: $first, states: $states) { key item compensates attempt state input output error { code }
    effect { item compensates state } attempts(first: 3) { edges { node { item attempt state } } } } } } } } }"""
FEED = """subscription($after: String) { runFeed(after: $after) {
  kind cursor toState step { key item compensates attempt } } }"""


def run_of(answer: Any) -> Any:
    return answer["runs"]["edges"][0]["node"]


@pytest.fixture
def undone(plane: Any) -> None:
    """A run whose step b was undone at the second attempt, after its step c had failed; a has no compensation."""
    from tests.support.plane import Scripted, connectors, failing

    undo = Scripted("keyed", name="test.undo", acts=(failing("CONNECTOR_TRANSIENT"), {"password": "x", "ok": True}))
    broken = Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),))
    with connectors(Scripted(name="test.do", acts=({"id": 7},)), undo, broken):
        again = {"max_attempts": 2, "initial_seconds": 100}
        compensate = {"uses": "test.undo", "with": {"token": "hunter2", "of": "b"}, "retry": again}
        steps = [
            {"key": "a", "uses": "test.do"},
            {"key": "b", "uses": "test.do", "compensate": compensate},
            {"key": "c", "uses": "test.broken", "retry": {"max_attempts": 1}},
        ]
        plane.publish("one", steps)
        plane.send({})
        plane.drain()
        plane.pass_seconds(201)
        plane.drain()
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED")]


@pytest.fixture
def each(plane: Any) -> None:
    """A run of a for_each over three rows, one at a time, of which the second fails at its second attempt."""
    from tests.support.for_each import AGAIN, do
    from tests.support.plane import Scripted, connectors, failing

    def act(call: Any) -> Any:
        return failing("CONNECTOR_TRANSIENT") if call.input["n"] == "b" else {"got": call.input["n"]}

    with connectors(scripted := Scripted(acts=(act,))):
        do(plane, scripted, "abc", parallel=1, tolerate=1, call=AGAIN)
        plane.pass_seconds(201)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_timeline_tells_a_compensation_from_its_step(api: Api, undone: None) -> None:
    nodes = [edge["node"] for edge in run_of(api.data(TIMELINE))["timeline"]["edges"]]
    of_b = [node for node in nodes if node["step"] == "b"]
    assert [(node["compensates"], node["item"], node["message"]) for node in of_b] == [
        (False, None, naming("b", "1", "running")),
        (False, None, naming("b", "1", "running", "succeeded")),
        (True, None, naming("compensation", "b", "1", "running")),
        (True, None, naming("compensation", "b", "1", "running", "retrying", "CONNECTOR_TRANSIENT")),
        (True, None, naming("compensation", "b", "2", "running")),
        (True, None, naming("compensation", "b", "2", "running", "succeeded")),
    ]
    assert [(n["compensates"], n["item"]) for n in nodes if n["step"] is None] == [(False, None)] * sum(
        n["step"] is None for n in nodes
    )
    assert nodes[-1]["kind"] == "run.failed"


def test_timeline_names_each_item(api: Api, each: None) -> None:
    nodes = [edge["node"] for edge in run_of(api.data(TIMELINE))["timeline"]["edges"]]
    of_items = [node for node in nodes if node["item"] is not None]
    assert [(node["item"], node["kind"]) for node in of_items] == [
        (0, "step.running"),
        (0, "step.succeeded"),
        (1, "step.running"),
        (1, "step.retrying"),
        (1, "step.running"),
        (1, "step.failed"),
        (2, "step.running"),
        (2, "step.succeeded"),
    ]
    assert of_items[4]["message"] == naming("1", "each", "2", "running")
    assert {node["compensates"] for node in nodes} == {False}
    assert next(node["message"] for node in nodes if node["step"]) == naming("each", "1", "waiting")


def test_compensation_is_looked_up_with_its_attempts(api: Api, undone: None) -> None:
    a, b, c = run_of(api.data(UNDONE))["steps"]
    assert [(step["key"], step["item"], step["compensates"], step["state"]) for step in (a, b, c)] == [
        ("a", None, False, "SUCCEEDED"),
        ("b", None, False, "SUCCEEDED"),
        ("c", None, False, "FAILED"),
    ]
    assert (a["compensation"], c["compensation"]) == (None, None)
    undo = b["compensation"]
    assert (undo["key"], undo["item"], undo["compensates"], undo["attempt"]) == ("b", None, True, 2)
    assert (undo["state"], undo["error"]) == ("SUCCEEDED", None)
    assert undo["startedAt"] < undo["finishedAt"]
    assert undo["input"] == {"token": "[redacted]", "of": "b"}
    assert undo["output"] == {"password": "[redacted]", "ok": True}
    assert len(undo["idempotencyKey"]) == 64
    sent = {"step": "b", "compensates": True, "state": "CONFIRMED", "tries": 2, "request": undo["input"]}
    assert undo["effect"] == sent
    assert undo["attempts"]["totalCount"] == 2
    assert [edge["node"] for edge in undo["attempts"]["edges"]] == [
        {
            "attempt": 1,
            "compensates": True,
            "state": "RETRYING",
            "output": None,
            "error": {"code": "CONNECTOR_TRANSIENT"},
        },
        {"attempt": 2, "compensates": True, "state": "SUCCEEDED", "output": undo["output"], "error": None},
    ]
    assert (undo["compensation"], undo["items"]) == (None, [])


def test_items_are_looked_up_from_a_place_on(api: Api, each: None) -> None:
    def items(**wanted: Any) -> Any:
        (step,) = run_of(api.data(ITEMS, **wanted))["steps"]
        assert (step["key"], step["item"]) == ("each", None)
        return step["items"]

    whole = items(**{"from": 0, "first": 50})
    assert [(item["item"], item["attempt"], item["state"]) for item in whole] == [
        (0, 1, "SUCCEEDED"),
        (1, 2, "FAILED"),
        (2, 1, "SUCCEEDED"),
    ]
    assert (whole[0]["input"], whole[0]["output"], whole[0]["error"]) == ({"n": "a"}, {"got": "a"}, None)
    assert whole[0]["effect"] == {"item": 0, "compensates": False, "state": "CONFIRMED"}
    assert (whole[1]["output"], whole[1]["error"]) == (None, {"code": "CONNECTOR_TRANSIENT"})
    assert [edge["node"] for edge in whole[1]["attempts"]["edges"]] == [
        {"item": 1, "attempt": 1, "state": "RETRYING"},
        {"item": 1, "attempt": 2, "state": "FAILED"},
    ]
    assert items(**{"from": 1, "first": 1}) == [whole[1]]
    assert items(**{"from": 2, "first": 50}) == [whole[2]]
    assert items(**{"from": 3, "first": 50}) == []
    assert items(**{"from": 0, "first": 50, "states": ["FAILED"]}) == [whole[1]]
    for wrong in ({"from": -1, "first": 1}, {"from": 2**31 - 1, "first": 101}):
        answer = api.answer(ITEMS, **wrong)
        codes = {error["extensions"]["code"] for error in answer["errors"]}
        assert codes == ({"BAD_USER_INPUT"} if wrong["from"] < 0 else {"LIMIT_EXCEEDED"})


def test_items_cost_what_their_page_may_have(api: Api) -> None:
    asked = "{ runs(first: 1) { edges { node { steps(first: 10) { items%s { id } compensation { id } } } } } }"

    def cost(page: str) -> int:
        requested: int = api.answer(asked % page)["extensions"]["cost"]["requested"]
        return requested

    assert cost("(first: 100)") - cost("(first: 1)") == 10 * 99
    assert cost("") == cost("(first: 50)")


def test_a_page_of_items_reads_no_more_of_them_than_it_shows(plane: Any, undone: None) -> None:
    """The plan, and not how many rows there are: the index of step_run_once stands in the order of the items."""
    from automate.kernel.sql import fetch
    from automate.kernel.tenancy import acting_for
    from automate.runs.history_queries import SELECT_ITEMS
    from tests.support.plane import run_sql

    with acting_for(plane.tenant):
        ((run,),) = fetch("SELECT id FROM execution_run")
        run_sql(
            "INSERT INTO step_run (id, run_id, key, item, attempt, state, started_at)"
            " SELECT gen_random_uuid(), %s, 'a', n, 1, 'succeeded', now() FROM generate_series(0, 9999) n",
            [run],
        )
        run_sql("ANALYZE step_run", [])
        plan = fetch("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + SELECT_ITEMS, [[run], ["a"], 5_000, None, None, 10])
    ((found,),) = plan
    assert found[0]["Plan"]["Actual Rows"] == 10
    assert found[0]["Plan"]["Shared Hit Blocks"] + found[0]["Plan"]["Shared Read Blocks"] < 100


def test_statements_do_not_follow_the_items(api: Api, each: None) -> None:
    from tests.support.plane import counting

    def count(first: int) -> list[str]:
        with counting() as seen:
            api.data(ITEMS, **{"from": 0, "first": first})
        return [words for words, _ in seen]

    count(1)
    assert count(1) == count(3)


def test_feed_tells_steps_compensations_and_items_apart(
    web: str, tenant: Any, run_async: Run, request: pytest.FixtureRequest
) -> None:
    async def begin() -> Any:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", FEED)
            return (await socket.item())["cursor"]

    async def until_the_run_failed(after: str) -> list[Any]:
        async with open_socket(web, tenant.token) as socket:
            await socket.subscribe("1", FEED, after=after)
            seen = [await socket.item()]
            while seen[-1]["step"] or seen[-1]["toState"] != "FAILED":
                seen.append(await socket.item())
            return seen

    cursor = run_async(begin())
    request.getfixturevalue("undone")
    moved = run_async(until_the_run_failed(cursor))
    steps = [(i["step"]["key"], i["step"]["compensates"], i["step"]["item"], i["toState"]) for i in moved if i["step"]]
    assert [step for step in steps if step[0] == "b"] == [
        ("b", False, None, "RUNNING"),
        ("b", False, None, "SUCCEEDED"),
        ("b", True, None, "RUNNING"),
        ("b", True, None, "RETRYING"),
        ("b", True, None, "RUNNING"),
        ("b", True, None, "SUCCEEDED"),
    ]


def test_run_shows_effects_of_compensations_and_items(api: Api, undone: None) -> None:
    asked = "{ runs(first: 1) { edges { node { effects { step item compensates connector } } } } }"
    found = run_of(api.data(asked))["effects"]
    assert [(one["step"], one["item"], one["compensates"]) for one in found] == [
        ("a", None, False),
        ("b", None, False),
        ("c", None, False),
        ("b", None, True),
    ]


def test_shell_names_what_moved(capsys: pytest.CaptureFixture[str]) -> None:
    from automate.cli.tail import _cells
    from graphql_schema.ids import global_id

    def cells(**step: Any) -> str:
        run = {
            "id": global_id("ExecutionRun", uuid.UUID(int=1)),
            "traceId": "0" * 32,
            "workflowVersion": {"workflow": {"slug": "first"}},
        }
        moved = {"occurredAt": "2026-01-01T00:00:00+00:00", "fromState": None, "toState": "RUNNING", "reason": None}
        item: Any = {**moved, "run": run, "step": step}
        return _cells(item)[2].strip()

    plain = {"key": "b", "attempt": 1, "item": None, "compensates": False}
    assert cells(**plain) == "first b"
    assert cells(**{**plain, "compensates": True}) == "first compensation of b"
    assert cells(**{**plain, "item": 7}) == "first item 7 of b"


def test_others_see_nothing_of_them(api: Api, plane: Any, undone: None, tenant_factory: Callable[[], Any]) -> None:
    ((step,),) = plane.rows("SELECT id FROM step_run WHERE item = -2 AND attempt = 2")
    from graphql_schema.ids import global_id

    asked = "query($id: ID!) { node(id: $id) { ... on StepRun { key compensates } } }"
    known = global_id("StepRun", step)
    assert api.data(asked, id=known) == {"node": {"key": "b", "compensates": True}}
    assert Api(tenant_factory().token).data(asked, id=known) == {"node": None}
