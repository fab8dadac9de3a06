"""Jobs that end their workers, or only fail: tried so often, buried with their runs, redriven by a person."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.outbox.claims import EVENT_MATCH, RUN_ADVANCE
from automate.recovery.poison import dead_letter, poisoned, redrive
from automate.runs import engine
from tests.support.plane import Plane, Scripted, connectors, failing


def test_job_is_given_five_workers_and_then_buried(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        plane.start_and_die(EVENT_MATCH)
        for attempt in range(2, 6):
            assert len(plane.start_and_die(RUN_ADVANCE)) == 1
            assert plane.jobs()[1] == ("claimed", attempt, attempt)
        plane.drain()
    assert plane.jobs()[1] == ("dead", 6, 6)
    assert plane.runs() == [("failed", "POISON_JOB")]
    assert plane.steps() == [("a", 1, "failed", "POISON_JOB")]
    assert plane.effects() == [("a", "uncertain", 5)]
    assert scripted.calls == []
    assert [row for row in plane.log() if row[2] == "failed"] == [("a", "running", "failed"), ("", "running", "failed")]
    assert plane.root.value("SELECT count(*) FROM public.budget_slot") == 0


def test_step_that_commits_gives_new_attempts(plane: Plane) -> None:
    slow = failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=0.5)
    scripted = Scripted(acts=(slow, {}))
    with connectors(scripted):
        plane.publish("two", [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}])
        plane.send({})
        plane.start_and_die(EVENT_MATCH)
        for _ in range(3):
            plane.start_and_die(RUN_ADVANCE)
        assert plane.jobs()[1][2] == 4
        assert plane.work() == 1
        assert plane.jobs()[1][2] == 0
        plane.pass_seconds(1)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]


def test_dead_run_keeps_the_errors_that_its_attempts_had(plane: Plane) -> None:
    scripted = Scripted(acts=(failing("CONNECTOR_RATE_LIMITED", retry_after_seconds=0.5), {}))
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        plane.work()
        plane.pass_seconds(1)
        for _ in range(5):
            plane.start_and_die(RUN_ADVANCE)
        plane.drain()
    assert plane.steps() == [("a", 1, "retrying", "CONNECTOR_RATE_LIMITED"), ("a", 2, "failed", "POISON_JOB")]
    assert plane.runs() == [("failed", "POISON_JOB")]


def test_fault_of_ours_is_retried_alone_and_buried(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted()
    settle = engine.RunEngine.settle

    def fault(self: Any, made: Any, result: Any) -> None:
        if result.call.run.event["payload"] == {"poison": True}:
            raise RuntimeError("a fault of ours")
        settle(self, made, result)

    monkeypatch.setattr(engine.RunEngine, "settle", fault)
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send(*({"poison": n == 5} for n in range(8)))
        for _ in range(6):
            plane.drain()
            plane.pass_seconds(301)
    assert sorted(plane.runs()) == [("failed", "INTERNAL")] + [("succeeded", "")] * 7
    ((attempts, alone, code),) = plane.root.rows(
        "SELECT attempts, alone, last_error ->> 'code' FROM public.outbox_job WHERE state = 'dead'"
    )
    assert (attempts, alone, code) == (5, True, "INTERNAL")


def test_fault_after_a_step_counts_from_that_step(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four workers were lost, then a step committed: the fault that follows is the first, not the fifth."""
    scripted = Scripted()
    settle = engine.RunEngine.settle

    def fault(self: Any, made: Any, result: Any) -> None:
        if result.call.step.key == "b":
            raise RuntimeError("a fault of ours")
        settle(self, made, result)

    with connectors(scripted):
        plane.publish("two", [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}])
        plane.send({})
        plane.start_and_die(EVENT_MATCH)
        for _ in range(3):
            plane.start_and_die(RUN_ADVANCE)
        monkeypatch.setattr(engine.RunEngine, "settle", fault)
        assert plane.work() == 1
    assert plane.jobs()[1] == ("pending", 5, 0)
    assert plane.runs() == [("running", "")]


def test_redriven_event_is_matched_anew(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    from automate.rules import matching as rules
    from tenants import directory

    # Whoever looks the tenant up asks the database, which nobody may do who acts for a tenant already.
    monkeypatch.setattr(directory, "REMEMBER_SECONDS", 0.0)
    directory.forget(plane.tenant.id, "")
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    (event,) = plane.send({})
    with monkeypatch.context() as patch:
        patch.setattr(rules, "decide", lambda *_: 1 / 0)
        for _ in range(6):
            plane.drain()
            plane.pass_seconds(301)
    assert plane.jobs() == [("dead", 5, 5)]
    with acting_for(plane.tenant), acting_as(Principal(kind="operator", name="test")):
        assert redrive([event]).jobs == [event]
        assert redrive([event]).jobs == []
    plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert plane.rows("SELECT object_kind, object_id FROM audit_entry WHERE action = 'job.redrive'") == [
        ("outbox_job", str(event))
    ]


def test_redrive_of_an_effect_that_may_have_happened_asks_for_consent(plane: Plane) -> None:
    """As retryRuns does: whoever receives an unsafe call cannot tell that it is a repeat."""
    with connectors(scripted := Scripted("unsafe")):
        plane.publish("one", [{"key": "charge", "uses": scripted.name}])
        plane.send({})
        plane.start_and_die()
        (held,) = plane.claim_all()
        with acting_for(plane.tenant), acting_as(Principal(kind="operator", name="test")):
            assert dead_letter([held], poisoned(held)) == {held.id}
            refused = redrive([uuid.uuid4(), held.id])
            assert (refused.jobs, [(e.code, e.details, e.path) for e in refused.errors]) == (
                [],
                [("CONFLICT", {"steps": ["charge"]}, ["jobs", "1"])],
            )
            assert plane.jobs()[1][0] == "dead"
            assert redrive([held.id], repeat_effects=True).jobs == [held.id]
        plane.drain()
    assert plane.runs() == [("failed", "POISON_JOB"), ("succeeded", "")]
    assert plane.rows("SELECT count(DISTINCT key) FROM effect") == [(2,)]
    ((changes,),) = plane.rows("SELECT changes::text FROM audit_entry WHERE action = 'job.redrive'")
    assert json.loads(changes)["repeatEffects"] == [None, True]
