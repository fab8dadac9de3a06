"""A call for each item of a list: what comes of it, in order, and how many are under way."""

from __future__ import annotations

import json
import random
from functools import partial
from typing import Any

import pytest

from actors.connectors.base import Call
from automate.kernel.tenancy import acting_for
from automate.runs.queries import ItemsProgress, items_progress
from tests.support.for_each import begin, do, each, items, sent, whole
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.tenant_schedulers import Gate, a_scheduler, give


def test_results_stand_in_the_order_of_the_list(plane: Plane) -> None:
    scripted = Scripted(acts=(lambda call: {"got": call.input},))
    with connectors(scripted):
        do(plane, scripted, "abc", parallel=2, call={"with": {"n": "{{ item.value }}", "at": "{{ item.index }}"}})
    assert plane.runs() == [("succeeded", "")]
    assert whole(plane)[:2] == (
        "succeeded",
        {
            "items": [
                {"state": "succeeded", "output": {"got": {"n": n, "at": at}}, "error": None}
                for at, n in enumerate("abc")
            ],
            "succeeded": 3,
            "failed": 0,
        },
    )


def test_order_of_the_ends_changes_nothing(plane: Plane) -> None:
    async def act(call: Call) -> Any:
        await gate(call)
        return {"got": call.input["n"]}

    gate = Gate()
    scripted = Scripted(inline=False, acts=(act,))
    rows = list(range(20))
    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, rows, parallel=20)
        give(scheduler, plane)
        gate.await_calls(20)
        for left in range(20, 0, -1):
            gate.let_in(1, first=random.Random(left).randrange(left))
        plane.until(lambda: plane.runs() == [("succeeded", "")])
    assert [result["output"]["got"] for result in whole(plane)[1]["items"]] == rows


def test_no_more_than_so_many_are_under_way_and_no_fewer(plane: Plane) -> None:
    def running_are(count: int) -> bool:
        return plane.rows("SELECT count(*) FROM step_run WHERE item >= 0 AND state = 'running'") == [(count,)]

    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, range(10), parallel=3)
        give(scheduler, plane)
        for done in range(10):
            begun = min(10, done + 3)
            gate.await_calls(begun)
            plane.until(partial(running_are, begun - done))
            assert len(gate.calls) == begun
            gate.let_in(1)
        plane.until(lambda: plane.runs() == [("succeeded", "")])
    assert sent(scripted) == list(range(10))


def test_ten_are_under_way_where_nothing_is_said(plane: Plane) -> None:
    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, range(12))
        give(scheduler, plane)
        gate.await_calls(10)
        assert len(gate.calls) == 10
        gate.let_in()
        gate.await_calls(12)
        gate.let_in()
        plane.until(lambda: plane.runs() == [("succeeded", "")])


def test_empty_list_succeeds_at_once(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        do(plane, scripted, [])
    assert scripted.calls == []
    assert plane.runs() == [("succeeded", "")]
    assert whole(plane)[1] == {"items": [], "succeeded": 0, "failed": 0}
    assert [row[1:] for row in plane.log() if row[0] == "each"] == [("", "waiting"), ("waiting", "succeeded")]


def test_each_item_has_its_own_key_and_its_own_row_of_the_ledger(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        do(plane, scripted, [7, 7, 7])
    assert len({call.idempotency_key for call in scripted.calls}) == 3
    assert plane.rows("SELECT step_key, item, state, tries FROM effect ORDER BY item") == [
        ("each", item, "confirmed", 1) for item in range(3)
    ]
    assert sorted(plane.rows("SELECT key FROM effect")) == sorted((call.idempotency_key,) for call in scripted.calls)


def test_further_steps_read_the_results(plane: Plane) -> None:
    scripted = Scripted(acts=(lambda call: {"got": call.input["n"]},))
    after = {
        "key": "after",
        "uses": "flow.transform",
        "with": {"output": "{{ steps.each.output.items[*].output.got }}"},
    }
    with connectors(scripted):
        plane.publish("one", [each(scripted), after])
        plane.send({"rows": [3, 1, 2]})
        plane.drain()
    assert plane.rows("SELECT output::text FROM step_run WHERE key = 'after'") == [("[3, 1, 2]",)]


def test_two_lists_of_a_run_are_worked_on_side_by_side(plane: Plane) -> None:
    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler() as scheduler:
        plane.publish("two", [each(scripted, parallel=1), {**each(scripted, parallel=2), "key": "other", "needs": []}])
        plane.send({"rows": [1, 2]})
        give(scheduler, plane)
        gate.await_calls(3)
        gate.let_in()
        gate.await_calls(4)
        gate.let_in()
        plane.until(lambda: plane.runs() == [("succeeded", "")])


def test_progress_can_be_seen_while_items_go_on(plane: Plane) -> None:
    def act(call: Call) -> Any:
        return failing("CONNECTOR_REFUSED") if call.input["n"] == 1 else gate(call)

    gate = Gate()
    scripted = Scripted(inline=False, acts=(act,))

    def progress() -> ItemsProgress:
        with acting_for(plane.tenant):
            (found,) = items_progress([row[0] for row in plane.rows("SELECT id FROM step_run")]).values()
        return found

    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, range(5), parallel=2, tolerate=1)
        give(scheduler, plane)
        gate.await_calls(2)
        plane.until(lambda: progress() == ItemsProgress(total=5, done=1, failed=1))
        assert whole(plane)[0] == "waiting"
        gate.let_in(1)
        plane.until(lambda: progress() == ItemsProgress(total=5, done=2, failed=1))
        gate.let_in()
        gate.await_calls(4)
        gate.let_in()
        plane.until(lambda: plane.runs() == [("succeeded", "")])
    assert progress() == ItemsProgress(total=5, done=5, failed=1)


def test_template_that_fails_for_one_item_fails_that_item_only(plane: Plane) -> None:
    scripted = Scripted()
    rows = [{"a": "x"}, {"a": 5}, {"a": "y"}]
    with connectors(scripted):
        do(plane, scripted, rows, tolerate=1, call={"with": {"n": "{{ starts_with(item.value.a, 'x') }}"}})
    assert plane.runs() == [("succeeded", "")]
    assert items(plane) == [
        (0, 1, "succeeded", ""),
        (1, 1, "failed", "INVALID_TEMPLATE"),
        (2, 1, "succeeded", ""),
    ]
    assert plane.rows("SELECT count(*) FROM effect") == [(2,)], "what was never tried has no intent"


@pytest.mark.slow
@pytest.mark.parametrize("parallel", [1, 100])
def test_template_that_fails_for_every_item_ends_the_step(plane: Plane, parallel: int) -> None:
    scripted = Scripted()
    with connectors(scripted):
        do(plane, scripted, range(3_000), parallel=parallel, tolerate="100%", call={"with": {"n": "{{ abs(event) }}"}})
    assert scripted.calls == []
    assert plane.runs() == [("succeeded", "")]
    assert whole(plane)[1]["failed"] == 3_000


def test_list_may_be_written_out_with_templates_in_it(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [each(scripted, items=["a", "{{ event.payload.b }}", {"c": "{{ event.payload.b }}"}])])
        plane.send({"b": "B"})
        plane.drain()
    assert sent(scripted) == ["a", "B", {"c": "B"}]


@pytest.mark.parametrize(
    ("rows", "path"),
    [("no list", ["with", "items"]), (None, ["with", "items"]), (list(range(10_001)), ["with", "items"])],
    ids=["text", "null", "too many"],
)
def test_what_is_no_list_within_the_limit_fails_the_step(plane: Plane, rows: Any, path: list[str]) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [each(scripted)])
        plane.send({"rows": rows})
        plane.drain()
    assert scripted.calls == []
    assert plane.runs() == [("failed", "BAD_USER_INPUT")]
    assert json.dumps(rows)[:40] not in whole(plane)[2]["message"] or rows is None
    assert '"items"' in whole(plane)[2]["message"], path


@pytest.mark.slow
def test_most_items_that_there_may_be_are_done(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        do(plane, scripted, range(10_000), parallel=100)
    assert plane.runs() == [("succeeded", "")]
    assert sent(scripted) == list(range(10_000))
    assert whole(plane)[1]["succeeded"] == 10_000
