"""Cancel, pause and resume by hand, in each state that a run can be in."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery.controlling import cancel_runs, pause_runs, resume_runs
from automate.recovery.once import OperationResult
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.tenant_schedulers import Gate, a_scheduler, give, in_thread

PERSON = Principal(kind="member", name="ada")


def run_ids(plane: Plane) -> list[uuid.UUID]:
    return [run_id for (run_id,) in plane.rows("SELECT id FROM execution_run ORDER BY created_at, id")]


def cancel(plane: Plane, *runs: uuid.UUID | None, **options: Any) -> OperationResult:
    with acting_for(plane.tenant), acting_as(PERSON):
        return cancel_runs(list(runs) or run_ids(plane), "wrong customer", **options)


def pause(plane: Plane) -> OperationResult:
    with acting_for(plane.tenant), acting_as(PERSON):
        return pause_runs(run_ids(plane), "look first")


def resume(plane: Plane) -> OperationResult:
    with acting_for(plane.tenant), acting_as(PERSON):
        return resume_runs(run_ids(plane), "go on")


def one_step(plane: Plane, scripted: Scripted) -> None:
    plane.publish("one", [{"key": "a", "uses": scripted.name}])
    plane.send({})


def park_new_runs(plane: Plane) -> None:
    plane.root.execute('UPDATE public.budget SET "limit" = 0 WHERE tenant_id = %s', plane.tenant.id)


def open_slots(plane: Plane) -> int:
    count: int = plane.root.value("SELECT count(*) FROM public.budget_slot WHERE tenant_id = %s", plane.tenant.id)
    return count


def test_run_that_is_parked_by_a_budget_ends_at_once(plane: Plane) -> None:
    park_new_runs(plane)
    with connectors(scripted := Scripted()):
        one_step(plane, scripted)
        plane.drain()
        assert plane.runs() == [("queued", naming("budget concurrent_runs"))]
        assert cancel(plane).errors == []
        plane.drain()
    assert plane.runs() == [("cancelled", "wrong customer")]
    assert scripted.calls == []
    assert [state for state, *_ in plane.jobs()] == ["done", "cancelled"]
    assert plane.rows(
        "SELECT action, changes -> 'reason' ->> 1, actor_name FROM audit_entry WHERE action = 'run.cancel'"
    ) == [("run.cancel", "wrong customer", "ada")]


def test_dispatched_run_ends_at_once_and_its_message_finds_nothing(plane: Plane) -> None:
    park_new_runs(plane)
    with connectors(scripted := Scripted()):
        one_step(plane, scripted)
        plane.drain()
        plane.root.execute(
            "UPDATE public.outbox_job SET state = 'dispatched', parked = '', dispatched_at = now() WHERE open"
        )
        assert cancel(plane).errors == []
        plane.drain()
    assert plane.runs() == [("cancelled", "wrong customer")]
    assert scripted.calls == []


def test_run_that_is_claimed_but_not_begun_is_cancelled_by_its_holder(plane: Plane) -> None:
    park_new_runs(plane)
    with connectors(scripted := Scripted()):
        one_step(plane, scripted)
        plane.drain()
        plane.root.execute("UPDATE public.outbox_job SET due_at = now(), parked = '' WHERE open")
        jobs = plane.claim()
        assert cancel(plane).errors == []
        assert plane.runs() == [("cancelling", "wrong customer")]
        with acting_for(plane.tenant):
            assert plane.run_set().take(jobs) == []
    assert plane.runs() == [("cancelled", "wrong customer")]
    assert scripted.calls == []


def test_call_under_way_ends_first_and_then_the_run_tells_the_truth(plane: Plane) -> None:
    gate = Gate({"id": 1})
    with connectors(scripted := Scripted(acts=(gate,), inline=False)), a_scheduler() as scheduler:
        plane.publish("two", [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        assert cancel(plane).errors == []
        assert plane.runs() == [("cancelling", "wrong customer")]
        gate.let_in()
        plane.until(lambda: plane.runs() == [("cancelled", "wrong customer")])
    assert plane.steps() == [("a", 1, "succeeded", "")]
    assert open_slots(plane) == 0


def test_waiting_run_is_cancelled_and_compensates(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        undo = {"uses": scripted.name, "with": {"undo": True}}
        plane.publish(
            "waits",
            [
                {"key": "a", "uses": scripted.name, "compensate": undo},
                {"key": "b", "uses": "flow.delay", "with": {"seconds": 3600}},
            ],
        )
        plane.send({})
        plane.drain()
        assert cancel(plane).errors == []
        plane.drain()
    assert plane.runs() == [("cancelled", "wrong customer")]
    assert [call.input for call in scripted.calls] == [{}, {"undo": True}]


def test_retrying_run_is_cancelled_without_another_attempt(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(failing("CONNECTOR_TRANSIENT", retry_after_seconds=60),))):
        one_step(plane, scripted)
        plane.drain()
        assert cancel(plane).errors == []
        plane.drain()
    assert plane.runs() == [("cancelled", "wrong customer")]
    assert len(scripted.calls) == 1
    assert [state for _, _, state, _ in plane.steps()] == ["cancelled"]


@pytest.mark.parametrize("begun", [True, False])
def test_paused_run_is_cancelled(plane: Plane, *, begun: bool) -> None:
    if not begun:
        park_new_runs(plane)
    plane.publish("waits", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}])
    plane.send({})
    plane.drain()
    assert pause(plane).errors == []
    assert [state for state, _ in plane.runs()] == ["paused"]
    assert cancel(plane).errors == []
    plane.drain()
    assert plane.runs() == [("cancelled", "wrong customer")]


def test_run_that_has_ended_stays_so_and_says_why(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        one_step(plane, scripted)
        plane.drain()
    (run,) = run_ids(plane)
    outcome = cancel(plane)
    assert outcome.run_ids == [run]
    assert [(error.code, error.path) for error in outcome.errors] == [("CONFLICT", ["runs", "0"])]
    assert plane.runs() == [("succeeded", "")]


def test_cancelled_run_is_cancelled_again_without_an_error(plane: Plane) -> None:
    plane.publish("waits", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}])
    plane.send({})
    plane.drain()
    assert cancel(plane).errors == cancel(plane).errors == []
    plane.drain()
    assert cancel(plane).errors == []
    assert plane.rows("SELECT count(*) FROM audit_entry WHERE action = 'run.cancel'") == [(1,)]


def test_unknown_and_foreign_ids_are_errors_each_and_the_rest_goes_through(planes: Any) -> None:
    plane, other = planes(2)
    for each in (plane, other):
        each.publish("waits", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}])
        each.send({})
        each.drain()
    (mine,), (theirs,) = run_ids(plane), run_ids(other)
    outcome = cancel(plane, theirs, mine, None, new_id(), mine)
    assert outcome.run_ids == [mine]
    assert [(error.code, error.message, error.path) for error in outcome.errors] == [
        ("NOT_FOUND", naming("run"), ["runs", place]) for place in ("0", "2", "3")
    ]
    assert [state for state, _ in other.runs()] == ["waiting"]


def test_same_key_brings_the_first_outcome_back(plane: Plane) -> None:
    plane.publish("waits", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}])
    plane.send({})
    plane.drain()
    (run,) = run_ids(plane)
    unknown = new_id()
    first = cancel(plane, run, unknown, idempotency_key="k")
    again = cancel(plane, run, unknown, idempotency_key="k")
    assert again.as_json() == first.as_json()
    with pytest.raises(NormalizedError) as refusal:
        cancel(plane, run, idempotency_key="k")
    assert (refusal.value.code, refusal.value.path) == ("CONFLICT", ["idempotencyKey"])


def test_expired_key_is_a_new_one(plane: Plane) -> None:
    cancel(plane, new_id(), idempotency_key="k")
    plane.rows("UPDATE operation_key SET expires_at = now() RETURNING id")
    assert cancel(plane, None, idempotency_key="k").errors[0].code == "NOT_FOUND"


def test_awaited_child_that_is_cancelled_before_it_began_tells_its_parent(plane: Plane) -> None:
    """Sabotage: without ``notify_parents`` in control.cancel the parent waits for its time-out."""
    plane.publish("child", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}], when=False)
    plane.publish("parent", [{"key": "a", "uses": "flow.run_workflow", "with": {"workflow": "child", "payload": {}}}])
    plane.send({})
    plane.work()
    _, child = run_ids(plane)
    assert cancel(plane, child).errors == []
    plane.drain()
    assert plane.runs() == [("failed", "CHILD_RUN_FAILED"), ("cancelled", "wrong customer")]


def test_held_run_pauses_after_its_call_and_goes_on_when_resumed(plane: Plane) -> None:
    gate = Gate()
    with connectors(scripted := Scripted(acts=(gate,), inline=False)), a_scheduler() as scheduler:
        plane.publish("two", [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        assert pause(plane).errors == []
        gate.let_in()
        plane.until(lambda: plane.runs()[0][0] == "paused")
        assert resume(plane).errors == []
        give(scheduler, plane)
        gate.await_calls(2)
        gate.let_in()
        plane.until(lambda: plane.runs() == [("succeeded", "")])


def test_resume_takes_back_a_pause_that_was_not_heard_yet(plane: Plane) -> None:
    gate = Gate()
    with connectors(scripted := Scripted(acts=(gate,), inline=False)), a_scheduler() as scheduler:
        plane.publish("two", [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        pause(plane)
        assert resume(plane).errors == []
        gate.let_in()
        gate.await_calls(2)
        gate.let_in()
        plane.until(lambda: plane.runs() == [("succeeded", "")])


def test_run_is_judged_by_what_it_is_once_its_job_is_locked(plane: Plane) -> None:
    """It begins and goes to wait while the cancel waits for another job: it must compensate, not just end."""
    with connectors(scripted := Scripted()):
        undo = {"uses": scripted.name, "with": {"undo": True}}
        steps = [
            {"key": "a", "uses": scripted.name, "compensate": undo},
            {"key": "b", "uses": "flow.delay", "with": {"seconds": 3600}},
        ]
        park_new_runs(plane)
        plane.publish("waits", steps)
        plane.send({}, {})
        plane.drain()
        first, second = run_ids(plane)
        plane.root.execute('UPDATE public.budget SET "limit" = 9')
        # A slot that falls free is handed to neither.
        plane.root.execute("UPDATE public.outbox_job SET parked = 'runs' WHERE parked = 'concurrent_runs'")
        with plane.root.connection.transaction():
            plane.root.execute("SELECT 1 FROM public.outbox_job WHERE id = %s FOR UPDATE", first)
            thread = in_thread(lambda: cancel(plane, first, second))
            plane.until(lambda: bool(plane.root.value("SELECT count(*) FROM pg_locks WHERE NOT granted")))
            plane.rows("UPDATE public.outbox_job SET due_at = now(), parked = '' WHERE id = %s RETURNING id", second)
            plane.work()
        thread.join(10)
        plane.drain()
    assert plane.runs() == [("cancelled", "wrong customer")] * 2
    assert [call.input for call in scripted.calls] == [{}, {"undo": True}]
