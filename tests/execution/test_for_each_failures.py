"""Items that fail: how many are tolerated, how the step ends, and what is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from actors.connectors.base import Call
from automate.kernel.json_values import as_integer
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import control
from automate.workflows.flow_steps.for_each import tolerated_failures
from tests.support.facts import naming
from tests.support.for_each import AGAIN, begin, do, each, items, sent, whole
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.tenant_schedulers import Gate, a_scheduler, give

REFUSED, LATER = failing("CONNECTOR_REFUSED"), failing("CONNECTOR_TRANSIENT")


def refusing(*numbers: int) -> Scripted:
    """Refuses these items."""
    return Scripted(acts=(lambda call: REFUSED if call.input["n"] in numbers else {"n": call.input["n"]},))


TOLERANCES: list[tuple[Any, int, int]] = [
    (0, 10, 0),
    (2, 10, 2),
    (50, 10, 10),
    ("0%", 10, 0),
    ("9%", 10, 0),
    ("10%", 10, 1),
    ("29%", 10, 2),
    ("100%", 10, 10),
    ("33%", 3, 0),
    ("34%", 3, 1),
]


@pytest.mark.parametrize(("tolerate", "count", "tolerated"), TOLERANCES)
def test_as_many_failures_as_are_tolerated_and_no_more(plane: Plane, tolerate: Any, count: int, tolerated: int) -> None:
    assert tolerated_failures(tolerate, count) == tolerated
    scripted = refusing(*range(tolerated))
    with connectors(scripted):
        do(plane, scripted, range(count), tolerate=tolerate, parallel=1)
    assert plane.runs() == [("succeeded", "")]
    output = whole(plane)[1]
    assert (output["succeeded"], output["failed"]) == (count - tolerated, tolerated)
    for index, result in enumerate(output["items"]):
        failed = index < tolerated
        assert result["state"] == ("failed" if failed else "succeeded")
        assert result["output"] == (None if failed else {"n": index})
        assert (result["error"] or {}).get("code") == ("CONNECTOR_REFUSED" if failed else None)


@pytest.mark.parametrize(("tolerate", "count", "tolerated"), [row for row in TOLERANCES if row[2] < row[1]])
def test_one_failure_more_than_is_tolerated_fails_the_step(
    plane: Plane, tolerate: Any, count: int, tolerated: int
) -> None:
    scripted = refusing(*range(tolerated + 1))
    with connectors(scripted):
        do(plane, scripted, range(count), tolerate=tolerate, parallel=1)
    assert plane.runs() == [("failed", "ITEMS_FAILED")]
    assert sent(scripted) == list(range(tolerated + 1)), "no further item is started"


def test_error_tells_counts_and_first_errors(plane: Plane) -> None:
    scripted = refusing(*range(1, 20))
    with connectors(scripted):
        do(plane, scripted, range(20), tolerate=6, parallel=1)
    state, output, error = whole(plane)
    assert (state, output) == ("failed", None)
    assert error["message"] == naming("7", "20", "6")
    assert {name: error["details"][name] for name in ("items", "succeeded", "failed", "tolerated")} == {
        "items": 20,
        "succeeded": 1,
        "failed": 7,
        "tolerated": 6,
    }
    assert error["details"]["first_errors"] == [
        {"item": item, "code": "CONNECTOR_REFUSED", "message": "CONNECTOR_REFUSED by script."} for item in range(1, 6)
    ]


def test_items_under_way_are_let_end_when_the_step_is_going_to_fail(plane: Plane) -> None:
    gate = Gate()
    scripted = Scripted(inline=False, acts=(lambda call: REFUSED if call.input["n"] == 2 else gate(call),))
    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, range(10), parallel=3)
        give(scheduler, plane)
        gate.await_calls(2)
        plane.until(lambda: whole(plane)[2] is not None)
        assert whole(plane)[0] == "waiting", "it says why it is going to fail while it waits for the others"
        gate.let_in(1)
        plane.until(lambda: ("succeeded", 1) in plane.rows("SELECT state, count(*) FROM step_run GROUP BY state"))
        assert whole(plane)[0] == "waiting"
        gate.let_in()
        plane.until(lambda: plane.runs() == [("failed", "ITEMS_FAILED")])
    assert items(plane) == [(0, 1, "succeeded", ""), (1, 1, "succeeded", ""), (2, 1, "failed", "CONNECTOR_REFUSED")]
    assert whole(plane)[2]["details"]["succeeded"] == 2, "counted at the end"


def test_item_is_tried_again_by_its_own_policy_and_holds_no_worker(plane: Plane) -> None:
    seen: list[int] = []

    def act(call: Call) -> Any:
        number = as_integer(call.input["n"])
        seen.append(number)
        return LATER if seen.count(number) == 1 and number % 2 else {}

    scripted = Scripted(acts=(act,))
    with connectors(scripted):
        do(plane, scripted, range(4), parallel=4, call=AGAIN)
        assert plane.runs() == [("waiting", naming("retry"))]
        assert plane.jobs()[1][0] == "pending"
        plane.pass_seconds(101)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert items(plane) == [
        (0, 1, "succeeded", ""),
        (1, 1, "retrying", "CONNECTOR_TRANSIENT"),
        (1, 2, "succeeded", ""),
        (2, 1, "succeeded", ""),
        (3, 1, "retrying", "CONNECTOR_TRANSIENT"),
        (3, 2, "succeeded", ""),
    ]
    keys = [call.idempotency_key for call in scripted.calls]
    assert len(set(keys)) == 4, "an attempt inherits its item's key"
    assert plane.rows("SELECT item, tries FROM effect ORDER BY item") == [(0, 1), (1, 2), (2, 1), (3, 2)]


def test_item_that_waits_for_its_next_attempt_keeps_its_place(plane: Plane) -> None:
    scripted = Scripted(acts=(lambda call: LATER if call.input["n"] < 2 else {},))
    with connectors(scripted):
        do(plane, scripted, range(6), parallel=2, call=AGAIN, tolerate="100%")
        assert sent(scripted) == [0, 1], "nothing else is sent to who is in trouble"
        plane.pass_seconds(101)
        plane.drain()
    assert sent(scripted) == [0, 1, 0, 1, 2, 3, 4, 5]
    assert plane.runs() == [("succeeded", "")]


def test_attempts_that_are_used_up_fail_the_item(plane: Plane) -> None:
    scripted = Scripted(acts=(LATER,))
    with connectors(scripted):
        do(plane, scripted, [1], call=AGAIN, tolerate=1)
        plane.pass_seconds(101)
        plane.drain()
    assert items(plane) == [(0, 1, "retrying", "CONNECTOR_TRANSIENT"), (0, 2, "failed", "CONNECTOR_TRANSIENT")]
    assert plane.runs() == [("succeeded", "")]


def test_retries_are_given_up_when_the_step_is_going_to_fail(plane: Plane) -> None:
    scripted = Scripted(acts=(lambda call: LATER if call.input["n"] else REFUSED,))
    with connectors(scripted):
        do(plane, scripted, range(6), parallel=3, call=AGAIN)
    assert items(plane) == [
        (0, 1, "failed", "CONNECTOR_REFUSED"),
        (1, 1, "cancelled", "CONNECTOR_TRANSIENT"),
        (2, 1, "cancelled", "CONNECTOR_TRANSIENT"),
    ]
    assert plane.runs() == [("failed", "ITEMS_FAILED")]


@pytest.mark.parametrize(("after", "states"), [("continue", "succeeded"), ("fix", "succeeded"), ("fail", "failed")])
def test_step_that_fails_is_judged_as_any_step(plane: Plane, after: str, states: str) -> None:
    scripted = refusing(0)
    fix = {
        "key": "fix",
        "uses": "flow.transform",
        "with": {"output": "{{ steps.each.error.details.first_errors[0].code }}"},
    }
    with connectors(scripted):
        plane.publish("one", [{**each(scripted), "on_failure": after}, fix])
        plane.send({"rows": [0, 1]})
        plane.drain()
    assert [run[0] for run in plane.runs()] == [states]
    if after != "fail":
        assert plane.rows("SELECT output #>> '{}' FROM step_run WHERE key = 'fix'") == [("CONNECTOR_REFUSED",)]


def test_end_of_the_steps_time_fails_it(plane: Plane) -> None:
    scripted = Scripted(acts=(lambda call: LATER if call.input["n"] else {},))
    with connectors(scripted):
        do(plane, scripted, range(3), call=AGAIN, step={"timeout_seconds": 50})
        assert plane.runs() == [("waiting", naming("retry"))]
        plane.pass_seconds(51)
        plane.drain()
    assert plane.runs() == [("failed", "STEP_TIMED_OUT")]
    assert whole(plane)[2]["message"] == naming("1", "3", "timeout_seconds")
    assert whole(plane)[2]["details"] == {"items": 3, "succeeded": 1, "failed": 0}
    assert [row[2] for row in items(plane)] == ["succeeded", "cancelled", "cancelled"]


def test_wait_past_the_steps_time_fails_the_item_that_was_asked_to(plane: Plane) -> None:
    asked = failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=60.0)
    scripted = Scripted(acts=(lambda call: asked if call.input["n"] == 1 else {},))
    with connectors(scripted):
        do(plane, scripted, range(3), call=AGAIN, step={"timeout_seconds": 50}, tolerate=1, parallel=1)
    assert plane.runs() == [("succeeded", "")]
    assert whole(plane)[1]["items"][1]["error"]["message"] == (
        naming("CONNECTOR_RATE_LIMITED", "60", "timeout_seconds", "50")
    )
    assert sent(scripted) == [0, 1, 2], "the others need not wait for it"


def test_calls_of_items_end_with_the_steps_time(plane: Plane) -> None:
    scripted = Scripted(acts=(LATER, {}))
    with connectors(scripted):
        do(plane, scripted, [1], call=AGAIN, step={"timeout_seconds": 120})
        plane.pass_seconds(101)
        plane.drain()
    first, second = (call.timeout_seconds for call in scripted.calls)
    assert first == 60
    assert 0 < second <= 19


def test_end_of_the_runs_time_ends_the_items_with_it(plane: Plane) -> None:
    scripted = Scripted(acts=(lambda call: LATER if call.input["n"] else {},))
    with connectors(scripted):
        plane.publish("one", [each(scripted, call=AGAIN)], timeout_seconds=60)
        plane.send({"rows": [0, 1, 2]})
        plane.drain()
        plane.root.execute(f"UPDATE \"{plane.tenant.schema}\".execution_run SET deadline_at = now() - interval '1 s'")
        plane.pass_seconds(61)
        plane.drain()
    assert plane.runs() == [("timed_out", "RUN_TIMED_OUT")]
    assert [row[2] for row in items(plane)] == ["succeeded", "cancelled", "cancelled"]
    assert whole(plane)[0] == "cancelled"


def test_cancelled_run_lets_calls_end_and_starts_no_further_item(plane: Plane) -> None:
    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, range(10), parallel=2)
        give(scheduler, plane)
        gate.await_calls(2)
        ((run_id,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), acting_as(Principal(kind="operator", name="test")), in_transaction():
            assert control.cancel([run_id], "not needed") == [run_id]
        gate.let_in()
        plane.until(lambda: plane.runs() == [("cancelled", "not needed")])
    assert [row[2] for row in items(plane)] == ["succeeded", "succeeded"]
    assert whole(plane)[0] == "cancelled"
    assert len(scripted.calls) == 2


def test_paused_run_starts_no_further_item_until_it_goes_on(plane: Plane) -> None:
    gate = Gate()
    scripted = Scripted(inline=False, acts=(gate,))
    with connectors(scripted), a_scheduler() as scheduler:
        begin(plane, scripted, range(4), parallel=2)
        give(scheduler, plane)
        gate.await_calls(2)
        ((run_id,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), in_transaction():
            control.pause([run_id], "a look")
        gate.let_in()
        plane.until(lambda: plane.runs()[0][0] == "paused")
        assert len(gate.calls) == 2
        with acting_for(plane.tenant), in_transaction():
            control.resume([run_id], "done")
        plane.until(lambda: plane.jobs()[1][0] == "pending")
        give(scheduler, plane)
        gate.await_calls(4)
        gate.let_in()
        plane.until(lambda: plane.runs() == [("succeeded", "")])
    assert sent(scripted) == [0, 1, 2, 3]
