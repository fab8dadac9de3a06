"""Workflows, rules and tenants that are paused lose nothing; and a run says what holds it."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError

from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from automate.outbox.claims import set_lane
from automate.recovery import holds
from automate.recovery.controlling import pause_runs, resume_runs
from automate.runs.queries import throttles_of
from automate.runs.waiting import WaitingFor, waiting_for
from automate.runs.waiting_queries import holds_of
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.tenant_schedulers import Gate, a_scheduler, give


def holding(plane: Plane) -> list[WaitingFor | None]:
    runs: list[uuid.UUID] = [run for (run,) in plane.rows("SELECT id FROM execution_run ORDER BY created_at, id")]
    with acting_for(plane.tenant):
        found, throttles = holds_of(runs), throttles_of(runs)
    return [waiting_for(found[run], throttles.get(run)) if run in found else None for run in runs]


def causes(plane: Plane) -> list[str | None]:
    return [found.cause if found else None for found in holding(plane)]


def two_steps(plane: Plane) -> None:
    plane.publish(
        "two",
        [
            {"key": "wait", "uses": "flow.delay", "with": {"seconds": 60}},
            {"key": "note", "uses": "log.write", "with": {"message": "x"}},
        ],
    )


def test_paused_workflow_pauses_open_runs_and_parks_new_ones(plane: Plane) -> None:
    two_steps(plane)
    plane.send({})
    plane.drain()
    with acting_for(plane.tenant):
        holds.pause_workflow("two", "look first")
        holds.pause_workflow("two", "again")
    plane.send({}, {})
    plane.drain()
    plane.pass_seconds(60)
    plane.drain()
    assert plane.run_states() == ["paused", "queued", "queued"]
    assert causes(plane) == ["workflow"] * 3
    assert [found.position for found in holding(plane) if found] == [None, 1, 2]
    with acting_for(plane.tenant):
        holds.resume_workflow("two")
    plane.drain()
    plane.pass_seconds(60)
    plane.drain()
    assert plane.run_states() == ["succeeded"] * 3
    assert plane.rows("SELECT action FROM audit_entry ORDER BY at") == [("workflow.pause",), ("workflow.resume",)]


def test_paused_rule_goes_on_matching_and_what_it_starts_waits(plane: Plane) -> None:
    two_steps(plane)
    plane.send({})
    plane.drain()
    with acting_for(plane.tenant):
        holds.pause_rule("two", "too many")
    plane.send({})
    plane.drain()
    assert plane.run_states() == ["waiting", "queued"]
    assert causes(plane) == ["delay", "rule"]
    assert plane.rows("SELECT verdict FROM decision") == [("matched",)] * 2
    with acting_for(plane.tenant):
        holds.resume_rule("two")
    plane.drain()
    assert plane.run_states() == ["waiting", "waiting"]


def test_rule_that_is_resumed_leaves_its_runs_to_the_workflow_that_is_paused_too(plane: Plane) -> None:
    two_steps(plane)
    with acting_for(plane.tenant):
        holds.pause_rule("two", "too many")
        holds.pause_workflow("two", "look first")
    plane.send({})
    plane.drain()
    assert causes(plane) == ["rule"]
    with acting_for(plane.tenant):
        holds.resume_rule("two")
    plane.drain()
    assert (plane.run_states(), causes(plane)) == (["queued"], ["workflow"])
    with acting_for(plane.tenant):
        holds.resume_workflow("two")
    plane.drain()
    assert plane.run_states() == ["waiting"]


def test_paused_tenant_takes_events_in_and_starts_nothing(plane: Plane) -> None:
    two_steps(plane)
    plane.send({})
    plane.drain()
    with acting_for(plane.tenant):
        holds.pause_tenant("audit")
    plane.send({})
    plane.drain()
    assert plane.run_states() == ["waiting"]
    assert causes(plane) == ["tenant"]
    with acting_for(plane.tenant):
        holds.resume_tenant()
    plane.drain()
    assert plane.run_states() == ["waiting", "waiting"]


def test_tenant_cannot_lift_its_suspension_nor_the_platform_its_pause(plane: Plane) -> None:
    with acting_for_platform("suspend for a test"), in_transaction():
        set_lane(plane.tenant.id, weight=1, paused=True)
    with acting_for(plane.tenant):
        holds.pause_tenant("audit")
        holds.resume_tenant()
    queue = "SELECT paused, held FROM public.outbox_lane WHERE tenant_id = %s"
    assert plane.root.rows(queue, plane.tenant.id) == [(True, False)]
    with acting_for(plane.tenant):
        holds.pause_tenant("audit")
    with acting_for_platform("resume for a test"), in_transaction():
        set_lane(plane.tenant.id, weight=1, paused=False)
    assert plane.root.rows(queue, plane.tenant.id) == [(False, True)]
    with pytest.raises(DatabaseError, match="permission denied"), acting_for(plane.tenant):
        execute("UPDATE outbox_lane SET paused = true")
    plane.root.execute("UPDATE public.outbox_lane SET held = false WHERE tenant_id = %s", plane.tenant.id)


def test_budget_that_holds_is_named_with_the_place_in_line(plane: Plane) -> None:
    plane.root.execute('UPDATE public.budget SET "limit" = 0 WHERE tenant_id = %s', plane.tenant.id)
    two_steps(plane)
    plane.send({}, {}, {})
    plane.drain()
    assert [(found.cause, found.position) for found in holding(plane) if found] == [("budget", n) for n in (1, 2, 3)]
    found = holding(plane)[1]
    assert found is not None
    assert found.sentence == naming("concurrent_runs", "2")


def test_retry_is_named_with_its_time(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(failing("CONNECTOR_TRANSIENT", retry_after_seconds=60),))):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        plane.drain()
        (found,) = holding(plane)
    assert found is not None
    assert found.cause == "retry"
    assert found.until is not None
    assert found.sentence == naming("step a", "CONNECTOR_TRANSIENT")


def test_awaited_event_run_approval_and_uncertain_call_are_named(plane: Plane) -> None:
    lost = failing("CONNECTOR_TRANSIENT", arrived=True)
    with connectors(scripted := Scripted(effect="unsafe", acts=(lost,))):
        plane.publish("event", [{"key": "a", "uses": "flow.wait_for_event", "with": {"type": "paid"}}])
        plane.publish("run", [{"key": "a", "uses": "flow.run_workflow", "with": {"workflow": "event", "payload": {}}}])
        plane.publish("unsafe", [{"key": "a", "uses": scripted.name}])
        plane.publish("ask", [{"key": "a", "uses": "flow.approval", "with": {"title": "Refund it?"}}])
        plane.send({})
        plane.drain()
        assert sorted(map(str, causes(plane))) == ["approval", "event", "event", "run", "uncertain"]


def test_run_at_work_is_held_by_nothing(plane: Plane) -> None:
    gate = Gate()
    with connectors(scripted := Scripted(acts=(gate,), inline=False)), a_scheduler() as scheduler:
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        assert causes(plane) == [None]
        gate.let_in()
        plane.until(lambda: plane.run_states() == ["succeeded"])
    assert causes(plane) == [None]


def test_paused_run_is_named_with_its_reason(plane: Plane) -> None:
    two_steps(plane)
    plane.send({})
    plane.drain()
    runs = [run for (run,) in plane.rows("SELECT id FROM execution_run")]
    with acting_for(plane.tenant):
        pause_runs(runs, "look first")
    (found,) = holding(plane)
    assert found is not None
    assert found.sentence == naming("look first")


def test_run_that_is_paused_during_a_call_is_named_with_its_reason(plane: Plane) -> None:
    gate = Gate()
    with connectors(scripted := Scripted(acts=(gate, {}), inline=False)), a_scheduler() as scheduler:
        plane.publish("one", [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        ((run,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant):
            pause_runs([run], "too early")
            resume_runs([run], "as it was")
            assert plane.runs() == [("running", "")]
            pause_runs([run], "look first")
        gate.let_in()
        plane.until(lambda: plane.run_states() == ["paused"])
    assert plane.runs() == [("paused", "look first")]
    (found,) = holding(plane)
    assert found is not None
    assert found.sentence == naming("look first")


def test_wait_that_outlasts_its_run_is_told_with_the_run_s_end(plane: Plane) -> None:
    plane.publish("one", [{"key": "rest", "uses": "flow.delay", "with": {"until": "{{ event.payload.until }}"}}])
    plane.send({"until": "9999-12-31T00:00:00Z"})
    plane.drain()
    (found,) = holding(plane)
    ((deadline,),) = plane.rows("SELECT deadline_at FROM execution_run")
    assert found is not None
    assert found.until == deadline


def test_no_step_says_that_a_run_has_failed(plane: Plane) -> None:
    plane.publish("one", [{"key": "say", "uses": "flow.emit_event", "with": {"type": "{{ event.payload.kind }}"}}])
    plane.send({"kind": "run.failed"})
    plane.drain()
    ((state, error),) = plane.rows("SELECT state, error ->> 'message' FROM step_run")
    assert (state, error) == ("failed", naming("run.failed"))
