"""What succeeded is undone, the last step first, where its run does not come to a good end; through the ledger, like any call."""

from __future__ import annotations

from typing import Any

from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.outbox.claims import RUN_ADVANCE
from automate.runs import control
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing

ONCE = {"retry": {"max_attempts": 1}}


def undoing(key: str, uses: str = "test.undo", **rest: Any) -> dict[str, Any]:
    """A step that succeeds, with a compensation that names what it undoes."""
    with_ = {"undo": key, "made": f"{{{{ steps.{key}.output.id }}}}"}
    return {"key": key, "uses": "test.do", "compensate": {"uses": uses, "with": with_, **rest}}


def undone(scripted: Scripted) -> list[Any]:
    return [call.input["undo"] for call in scripted.calls]


def undo_rows(plane: Plane) -> list[tuple[Any, ...]]:
    return plane.rows("SELECT key, attempt, state FROM step_run WHERE item = -2 ORDER BY started_at, id")


def test_failed_run_undoes_what_succeeded_backwards(plane: Plane) -> None:
    do, undo = Scripted(name="test.do", acts=({"id": 7},)), Scripted(name="test.undo")
    with connectors(do, undo, Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),))):
        plane.publish(
            "one",
            [undoing("a"), undoing("b"), {"key": "c", "uses": "test.do"}, {"key": "d", "uses": "test.broken", **ONCE}],
        )
        plane.send({})
        plane.drain()
    assert undone(undo) == ["b", "a"]
    assert [call.input["made"] for call in undo.calls] == [7, 7]
    assert undo_rows(plane) == [("b", 1, "succeeded"), ("a", 1, "succeeded")]
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED")]
    effects = plane.rows("SELECT step_key, item, state FROM effect ORDER BY intended_at, step_key, item")
    assert [row for row in effects if row[1] == -2] == [("b", -2, "confirmed"), ("a", -2, "confirmed")]
    assert len({call.idempotency_key for call in [*do.calls, *undo.calls]}) == 5


def test_run_that_succeeds_undoes_nothing(plane: Plane) -> None:
    undo = Scripted(name="test.undo")
    with connectors(Scripted(name="test.do", acts=({"id": 7},)), undo):
        plane.publish("one", [undoing("a"), undoing("b")])
        plane.send({})
        plane.drain()
    assert (undo.calls, plane.runs()) == ([], [("succeeded", "")])


def test_compensation_that_fails_is_seen_and_the_others_are_made(plane: Plane) -> None:
    undo = Scripted(name="test.undo")
    broken = Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),))
    with connectors(Scripted(name="test.do", acts=({"id": 7},)), undo, broken):
        plane.publish(
            "one", [undoing("a"), undoing("b", uses="test.broken", **ONCE), {"key": "d", "uses": "test.broken", **ONCE}]
        )
        plane.send({})
        plane.drain()
    assert undo_rows(plane) == [("b", 1, "failed"), ("a", 1, "succeeded")]
    assert plane.rows("SELECT state, state_reason FROM execution_run") == [("failed", naming("step d", "b"))]


def test_compensation_is_tried_again(plane: Plane) -> None:
    undo = Scripted(name="test.undo", acts=(failing("CONNECTOR_TRANSIENT", retry_after_seconds=40), {}))
    with connectors(
        Scripted(name="test.do", acts=({"id": 7},)),
        undo,
        Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),)),
    ):
        plane.publish("one", [undoing("a"), {"key": "d", "uses": "test.broken", **ONCE}])
        plane.send({})
        plane.drain()
        assert plane.runs() == [("waiting", naming("compensation", "step a"))]
        plane.pass_seconds(40)
        plane.drain()
    assert undo_rows(plane) == [("a", 1, "retrying"), ("a", 2, "succeeded")]
    assert len({call.idempotency_key for call in undo.calls}) == 1
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED")]


def test_compensation_waits_as_long_as_it_is_asked_to_whatever_time_its_run_had(plane: Plane) -> None:
    undo = Scripted(name="test.undo", acts=(failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=500), {}))
    broken = Scripted(name="test.broken", acts=(failing("CONNECTOR_REFUSED"),))
    with connectors(Scripted(name="test.do", acts=({"id": 7},)), undo, broken):
        steps = [undoing("a"), {"key": "d", "uses": "test.broken", **ONCE}]
        plane.publish("one", steps, timeout_seconds=50)
        plane.send({})
        plane.drain()
        plane.pass_seconds(500)
        plane.drain()
    assert undo_rows(plane) == [("a", 1, "retrying"), ("a", 2, "succeeded")]


def test_cancelled_run_undoes_what_succeeded(plane: Plane) -> None:
    undo = Scripted(name="test.undo")
    with connectors(Scripted(name="test.do", acts=({"id": 7},)), undo):
        plane.publish("one", [undoing("a"), {"key": "pause", "uses": "flow.delay", "with": {"seconds": 600}}])
        plane.send({})
        plane.drain()
        ((run,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), in_transaction():
            assert control.cancel([run], "wrong customer") == [run]
        assert plane.runs() == [("cancelling", "wrong customer")]
        plane.drain()
    assert undone(undo) == ["a"]
    assert plane.runs() == [("cancelled", "wrong customer")]
    assert plane.steps()[1] == ("pause", 1, "cancelled", "")


def test_timed_out_run_undoes_what_succeeded(plane: Plane) -> None:
    undo = Scripted(name="test.undo")
    with connectors(Scripted(name="test.do", acts=({"id": 7},)), undo):
        plane.publish(
            "one", [undoing("a"), {"key": "pause", "uses": "flow.delay", "with": {"seconds": 600}}], timeout_seconds=60
        )
        plane.send({})
        plane.drain()
        plane.rows("UPDATE execution_run SET deadline_at = now() RETURNING 1")
        plane.pass_seconds(60)
        plane.drain()
    assert undone(undo) == ["a"]
    assert plane.runs() == [("timed_out", "RUN_TIMED_OUT")]


def test_worker_lost_in_a_compensation_repeats_it_under_its_key(plane: Plane) -> None:
    undo = Scripted(name="test.undo")
    with connectors(Scripted(name="test.do", acts=({"id": 7},)), undo):
        plane.publish("one", [undoing("a"), {"key": "pause", "uses": "flow.delay", "with": {"seconds": 600}}])
        plane.send({})
        plane.drain()
        ((run,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), in_transaction():
            control.cancel([run], "no")
        (lost,) = plane.start_and_die(RUN_ADVANCE)
        plane.drain()
    assert [call.idempotency_key for call in undo.calls] == [lost.key]
    assert plane.rows("SELECT state, tries FROM effect WHERE item = -2") == [("confirmed", 2)]
    assert plane.runs() == [("cancelled", "no")]
