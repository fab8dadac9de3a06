"""A worker that is lost between intent and result: what is repeated, under which key, and what waits for a person."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.outbox.claims import RUN_ADVANCE
from automate.runs.step_call import StepResult
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing


def lost_in_a_call(plane: Plane, connector: Scripted, **step: Any) -> str:
    """A run whose worker was lost in the middle of its only call. Returns the call's key."""
    plane.publish("one", [{"key": "a", "uses": connector.name, "with": {"n": "{{ event.payload.n }}"}, **step}])
    plane.send({"n": 7})
    (call,) = plane.start_and_die()
    return call.key


@pytest.mark.parametrize("effect", ["keyed", "idempotent"])
def test_lost_call_is_repeated_under_its_key(plane: Plane, effect: str) -> None:
    scripted = Scripted(effect, acts=({"done": True},))
    with connectors(scripted):
        key = lost_in_a_call(plane, scripted)
        plane.drain()
    assert [(call.idempotency_key, call.input) for call in scripted.calls] == [(key, {"n": 7})]
    assert plane.effects() == [("a", "confirmed", 2)]
    assert plane.steps() == [("a", 1, "succeeded", "")]
    assert [row[1:] for row in plane.log() if row[0] == "a"] == [
        ("", "running"), ("running", "uncertain"), ("uncertain", "running"), ("running", "succeeded"),
    ]  # fmt: skip
    assert plane.runs() == [("succeeded", "")]
    assert plane.jobs()[1][:2] == ("done", 2)


def test_lost_unsafe_call_waits_for_a_person(plane: Plane) -> None:
    scripted = Scripted("unsafe")
    with connectors(scripted):
        lost_in_a_call(plane, scripted)
        plane.drain()
        plane.pass_seconds(10_000)
        plane.drain()
    assert scripted.calls == []
    assert plane.steps() == [("a", 1, "uncertain", "")]
    assert plane.effects() == [("a", "uncertain", 1)]
    assert plane.runs() == [("waiting", naming("uncertain"))]


def test_unsafe_call_that_may_have_arrived_is_not_repeated(plane: Plane) -> None:
    scripted = Scripted("unsafe", acts=(failing("CONNECTOR_TIMEOUT", arrived=True),))
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        plane.drain()
        plane.pass_seconds(10_000)
        plane.drain()
    assert len(scripted.calls) == 1
    assert plane.steps() == [("a", 1, "uncertain", "CONNECTOR_TIMEOUT")]
    assert plane.effects() == [("a", "uncertain", 1)]


def test_unsafe_call_that_surely_did_not_arrive_is_tried_again(plane: Plane) -> None:
    scripted = Scripted("unsafe", acts=(failing("CONNECTOR_TRANSIENT"), {}))
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name, "retry": {"initial_seconds": 1e-9}}])
        plane.send({})
        plane.drain()
        plane.pass_seconds(1)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert plane.effects() == [("a", "confirmed", 2)]


def test_finished_steps_are_not_repeated_after_a_loss(plane: Plane) -> None:
    scripted = Scripted(acts=(failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=0.5), {"n": 1}, {"n": 2}))
    with connectors(scripted):
        plane.publish("two", [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}])
        plane.send({})
        assert plane.work() == 1
        plane.pass_seconds(1)
        jobs = plane.claim()
        run_set = plane.run_set()
        with acting_for(plane.tenant):
            (call,) = run_set.take(jobs)
            (second,) = run_set.commit([run_set.settle(call.run, [StepResult(call, output={"n": 1})])])
        plane.root.expire_leases()
        plane.drain()
    assert (call.step.key, second.step.key) == ("a", "b")
    assert [c.idempotency_key for c in scripted.calls[1:]] == [second.key]
    assert plane.effects() == [("a", "confirmed", 2), ("b", "confirmed", 2)]
    assert plane.runs() == [("succeeded", "")]


def test_late_worker_cannot_write_its_result(plane: Plane) -> None:
    scripted = Scripted(acts=({"by": "the second worker"},))
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        jobs = plane.claim()
        late = plane.run_set()
        with acting_for(plane.tenant):
            from automate.runs.matching import match_events

            (call,) = match_events(late, jobs)
        plane.root.expire_leases()
        plane.drain()
        with acting_for(plane.tenant):
            assert late.commit([late.settle(call.run, [StepResult(call, output={"by": "the late one"})])]) == []
    assert plane.rows("SELECT output FROM step_run") == [('{"by": "the second worker"}',)]
    assert late.held == {}
    assert [row[1:] for row in plane.log() if row[0] == ""] == [
        ("", "queued"),
        ("queued", "running"),
        ("running", "succeeded"),
    ]


def test_late_worker_writes_where_the_fence_is_off(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: without the fence the second worker's run is written over while it is under way."""
    from automate.outbox import claims
    from automate.runs.matching import match_events

    for name in ("KEEP", "FINISH", "RELEASE"):
        statement = getattr(claims, name)
        assert "AND j.fence = m.fence" in statement
        monkeypatch.setattr(claims, name, statement.replace("AND j.fence = m.fence", ""))
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        jobs = plane.claim()
        late = plane.run_set()
        with acting_for(plane.tenant):
            (call,) = match_events(late, jobs)
        plane.start_and_die(RUN_ADVANCE)
        with acting_for(plane.tenant):
            late.commit([late.settle(call.run, [StepResult(call, output={"by": "the late one"})])])
    assert plane.rows("SELECT output FROM step_run") == [('{"by": "the late one"}',)]
    assert plane.runs() == [("succeeded", "")]


def test_redriven_run_keeps_what_succeeded_and_inherits_keys(plane: Plane) -> None:
    from automate.kernel.principals import Principal, acting_as
    from automate.recovery.poison import redrive

    scripted = Scripted(acts=({"n": 1}, RuntimeError("a bug"), {"n": 2}))
    with connectors(scripted):
        plane.publish("two", [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}])
        plane.send({})
        jobs = plane.claim()
        run_set = plane.run_set()
        with acting_for(plane.tenant):
            from automate.runs.matching import match_events

            (call,) = match_events(run_set, jobs)
            (second,) = run_set.commit([run_set.settle(call.run, [StepResult(call, output={"n": 1})])])
        for _ in range(6):
            plane.root.expire_leases()
            plane.start_and_die(RUN_ADVANCE) if plane.jobs()[1][2] < 5 else plane.drain()
        assert plane.runs() == [("failed", "POISON_JOB")]
        assert plane.jobs()[1][0] == "dead"
        assert plane.effects() == [("a", "confirmed", 1), ("b", "uncertain", 6)]
        job = plane.root.value("SELECT id FROM public.outbox_job WHERE state = 'dead'")
        with acting_for(plane.tenant), acting_as(Principal(kind="operator", name="test")):
            assert redrive([job, job]).jobs == [job]
        scripted.left.clear()
        scripted.left.append({"n": 2})
        plane.drain()
    assert plane.runs() == [("failed", "POISON_JOB"), ("succeeded", "")]
    assert [c.idempotency_key for c in scripted.calls] == [second.key]
    assert plane.effects() == [("a", "confirmed", 1), ("b", "confirmed", 7)]
    assert plane.rows("SELECT count(DISTINCT origin_id), count(*) FROM execution_run") == [(1, 2)]
