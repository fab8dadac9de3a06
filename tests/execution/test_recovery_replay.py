"""An event that is replayed is seen by the rules of that time, and what they start is new."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery.once import OperationResult
from automate.recovery.plans import RetryRequest
from automate.recovery.replaying import replay_event
from automate.recovery.retrying import retry_runs
from automate.triggers.services import run_workflow
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.racing import race


def replay(plane: Plane, event: uuid.UUID | None, key: str | None = None, depth: int = 0) -> OperationResult:
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="ada")):
        return replay_event(event, depth=depth, idempotency_key=key)


def test_replay_sees_the_rules_of_today(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("first", [{"key": "a", "uses": scripted.name}])
        (event,) = plane.send({})
        plane.drain()
        plane.publish("second", [{"key": "a", "uses": scripted.name}])
        outcome = replay(plane, event)
        assert len(outcome.run_ids) == 2
        assert [state for state, _ in plane.runs()] == ["succeeded", "queued", "queued"]
        plane.drain()
    assert [state for state, _ in plane.runs()] == ["succeeded"] * 3
    assert len({call.idempotency_key for call in scripted.calls}) == 3, "each is a new origin"
    decided = plane.rows("SELECT rule_set_version, run_id FROM decision ORDER BY rule_set_version, run_id")
    assert len(decided) == 3
    assert {run for _, run in decided[1:]} == set(outcome.run_ids)


def test_replay_under_the_same_rules_leaves_the_first_decision(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("first", [{"key": "a", "uses": scripted.name}])
        (event,) = plane.send({})
        plane.drain()
        before = plane.rows("SELECT id, run_id FROM decision")
        (run,) = replay(plane, event).run_ids
        assert plane.rows("SELECT id, run_id FROM decision") == before
    ((changes,),) = plane.rows("SELECT changes -> 'runs' ->> 1 FROM audit_entry WHERE action = 'event.replay'")
    assert str(run) in changes
    assert plane.rows("SELECT reason FROM run_log WHERE run_id = %s", run) == [(naming("replay", event),)]


def test_same_key_replays_once_among_sixteen(plane: Plane) -> None:
    plane.publish("first", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 60}}])
    (event,) = plane.send({})
    plane.drain()
    outcomes = race(16, lambda _: replay(plane, event, key="k"))
    assert len({tuple(outcome.run_ids) for outcome in outcomes}) == 1
    assert len(plane.runs()) == 2


def test_event_that_no_rule_ever_saw_is_not_replayed(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(failing("CONNECTOR_REFUSED"),))):
        plane.publish("first", [{"key": "a", "uses": scripted.name}])
        with acting_for(plane.tenant):
            run = run_workflow(workflow="first", payload={}, idempotency_key=None)
        plane.drain()
        with acting_for(plane.tenant):
            retry_runs([run], RetryRequest(edited=True, payload={"n": 1}))
    events = [event for (event,) in plane.rows("SELECT id FROM event WHERE type = 'manual'")]
    assert len(events) == 2
    for event in events:
        with pytest.raises(NormalizedError, match=r"^BAD_USER_INPUT: .*START"):
            replay(plane, event)


def test_event_of_the_type_of_called_runs_is_replayed_where_rules_saw_it(plane: Plane) -> None:
    call = {"key": "sub", "uses": "flow.run_workflow", "with": {"workflow": "child"}}
    emit = {"key": "emit", "uses": "flow.emit_event", "with": {"type": "run.called"}}
    plane.publish("child", [{"key": "a", "uses": "log.write", "with": {"message": "x"}}], when=False)
    plane.publish("caller", [call, emit], when={"==": [{"var": "type"}, "order.created"]})
    plane.send({})
    plane.send({}, kind="run.called")
    plane.drain()
    seen = {event for (event,) in plane.rows("SELECT event_id FROM rule_match")}
    said = {}
    for event, source in plane.rows(
        "SELECT e.id, s.slug FROM event e JOIN source s ON s.id = e.source_id WHERE type = 'run.called' ORDER BY 2"
    ):
        try:
            replay(plane, event)
        except NormalizedError as error:
            said[event, source] = error.message[:9]
        else:
            said[event, source] = "replayed" if event in seen else "by mistake"
    assert sorted((source, what) for (_, source), what in said.items()) == [
        ("api", "replayed"), ("runs", "Rules nev"), ("runs", "replayed"),
    ]  # fmt: skip


def test_event_that_is_yet_to_be_matched_is_not_replayed(plane: Plane) -> None:
    plane.publish("first", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 60}}])
    (event,) = plane.send({})
    with pytest.raises(NormalizedError, match="CONFLICT"):
        replay(plane, event)
    plane.drain()
    assert len(plane.runs()) == 1


def test_unknown_and_foreign_events_are_one_answer(plane: Plane, planes: Any) -> None:
    (other,) = planes(1)
    (theirs,) = other.send({})
    said = []
    for event in (None, new_id(), theirs):
        with pytest.raises(NormalizedError) as refusal:
            replay(plane, event)
        said.append((refusal.value.code, refusal.value.message))
    assert said == [("NOT_FOUND", naming("event"))] * 3


def test_call_of_a_run_cannot_replay_its_event_for_ever(plane: Plane) -> None:
    plane.publish("first", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 60}}])
    (event,) = plane.send({})
    plane.drain()
    (run,) = replay(plane, event, depth=3).run_ids
    assert plane.rows("SELECT depth FROM execution_run WHERE id = %s", run) == [(4,)]
    with pytest.raises(NormalizedError, match="causation_depth"):
        replay(plane, event, depth=8)


def test_rule_reads_the_headers_of_an_event(plane: Plane) -> None:
    from automate.events.services import NewEvent, record_events
    from automate.kernel.sql import fetch

    plane.publish("first", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 60}}], when={"var": "headers.x-go"})
    with acting_for(plane.tenant):
        ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
        record_events([NewEvent(source, "t", b"{}", "0" * 32, headers={"x-go": "yes"})], audited=False)
    plane.drain()
    assert [state for state, _ in plane.runs()] == ["waiting"]
