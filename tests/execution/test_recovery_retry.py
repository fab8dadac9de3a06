"""Retries by hand: from where, under which version, with which keys and input; and what a plan says beforehand."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery.once import OperationResult
from automate.recovery.plans import LATEST, NAMED, Plans, RetryRequest
from automate.recovery.retrying import plan_retry, retry_runs
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors, failing
from tests.support.racing import race
from tests.support.republishing import publish_anew

PERSON = Principal(kind="member", name="ada")
REFUSED = failing("CONNECTOR_REFUSED")


def ids(plane: Plane) -> list[uuid.UUID]:
    return [run_id for (run_id,) in plane.rows("SELECT id FROM execution_run ORDER BY created_at, id")]


def retry(
    plane: Plane, *runs: uuid.UUID | None, key: str | None = None, plan: str | None = None, **request: Any
) -> OperationResult:
    named = list(runs) or ids(plane)[-1:]
    with acting_for(plane.tenant), acting_as(PERSON):
        return retry_runs(named, RetryRequest(**request), plan_id=plan, idempotency_key=key)


def planned(plane: Plane, *runs: uuid.UUID, **request: Any) -> Plans:
    with acting_for(plane.tenant):
        return plan_retry(list(runs) or ids(plane)[-1:], RetryRequest(**request))


def three(scripted: Scripted) -> list[dict[str, Any]]:
    return [
        {"key": key, "uses": scripted.name, "with": {"step": key, "n": "{{ event.payload.n }}"}}
        for key in ("a", "b", "c")
    ]


def errors(outcome: OperationResult) -> list[tuple[str, list[str]]]:
    return [(error.code, error.path) for error in outcome.errors]


def test_retry_from_the_failed_step_keeps_what_is_done(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({"id": 7}, REFUSED, {}))):
        plane.publish("three", three(scripted))
        plane.send({"n": 1})
        plane.drain()
        (failed,) = ids(plane)
        plan = planned(plane)
        assert (plan.runs[0].kept.skipped, plan.runs[0].kept.repeated) == (("a",), ("b", "c"))
        assert (plan.runs[0].effects, plan.errors) == ((), [])
        outcome = retry(plane, plan=plan.id, reason="they mended it")
        assert outcome.errors == []
        plane.drain()
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED"), ("succeeded", "")]
    assert [call.input["step"] for call in scripted.calls] == ["a", "b", "b", "c"]
    assert scripted.calls[1].idempotency_key == scripted.calls[2].idempotency_key
    ((origin, retry_of, trace),) = plane.rows(
        "SELECT origin_id, retry_of_id, trace_id FROM execution_run WHERE id = %s", outcome.run_ids[0]
    )
    assert (origin, retry_of) == (failed, failed)
    assert trace == plane.rows("SELECT trace_id FROM execution_run WHERE id = %s", failed)[0][0]
    born = plane.rows("SELECT reason FROM run_log WHERE run_id = %s ORDER BY id LIMIT 1", outcome.run_ids[0])
    assert born == [(naming("retry", failed, "failed step", "they mended it"),)]
    assert plane.rows("SELECT object_id, actor_name FROM audit_entry WHERE action = 'run.retry'") == [
        (str(failed), "ada")
    ]


def test_what_failed_without_effect_is_rendered_anew_and_what_may_have_acted_is_sent_as_it_was(plane: Plane) -> None:
    """A named version changes both requests: the one that may have arrived is sent as it was, under its key."""
    arrived = failing("CONNECTOR_REFUSED", arrived=True)
    with connectors(scripted := Scripted(acts=(REFUSED, arrived, {}))):
        steps: list[dict[str, Any]] = [
            {"key": key, "uses": scripted.name, "needs": [], "with": {"v": 1}} for key in ("a", "b")
        ]
        made = plane.publish("two", steps)
        plane.send({"n": 1})
        plane.drain()
        publish_anew(plane, made, [{**step, "with": {"v": 2}} for step in steps])
        assert retry(plane, version=LATEST).errors == []
        plane.drain()
    by_key = {call.idempotency_key: call.input for call in scripted.calls[2:]}
    assert by_key[scripted.calls[0].idempotency_key] == {"v": 2}
    assert by_key[scripted.calls[1].idempotency_key] == {"v": 1}


def test_succeeded_run_is_retried_from_the_start_but_not_from_a_failed_step(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("three", three(scripted))
        plane.send({"n": 1})
        plane.drain()
        assert errors(retry(plane)) == [("CONFLICT", ["runs", "0"])]
        plan = planned(plane, begin="START")
        assert {(e.step, e.effect, e.key) for e in plan.runs[0].effects} == {
            (call.input["step"], "keyed", call.idempotency_key) for call in scripted.calls
        }
        assert retry(plane, begin="START").errors == []
        plane.drain()
    assert [state for state, _ in plane.runs()] == ["succeeded"] * 2
    keys = [call.idempotency_key for call in scripted.calls]
    assert keys[:3] == keys[3:]


def test_retry_from_a_named_step_takes_it_and_what_follows(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("three", three(scripted))
        plane.send({"n": 1})
        plane.drain()
        assert retry(plane, begin="STEP", from_step="b").errors == []
        plane.drain()
        assert errors(retry(plane, begin="STEP", from_step="zzz")) == [("BAD_USER_INPUT", ["fromStep", "0"])]
    assert [call.input["step"] for call in scripted.calls] == ["a", "b", "c", "b", "c"]


def test_repeated_effects_have_new_keys_and_are_audited(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("three", three(scripted))
        plane.send({"n": 1})
        plane.drain()
        plan = planned(plane, begin="STEP", from_step="b", repeat_effects=True)
        assert [(e.step, e.key) for e in plan.runs[0].effects] == [("b", None), ("c", None)]
        assert retry(plane, begin="STEP", from_step="b", repeat_effects=True).errors == []
        plane.drain()
    assert [call.input["step"] for call in scripted.calls] == ["a", "b", "c", "b", "c"]
    keys = [call.idempotency_key for call in scripted.calls]
    assert len(set(keys)) == 5
    ((changes,),) = plane.rows("SELECT changes::text FROM audit_entry WHERE action = 'run.retry'")
    assert json.loads(changes)["repeatEffects"] == [None, True]
    assert sorted(json.loads(changes)["effects"][1]) == ["b", "c"]


def test_unsafe_effect_that_is_done_needs_consent(plane: Plane) -> None:
    with connectors(scripted := Scripted(effect="unsafe")):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        plane.drain()
        assert errors(retry(plane, begin="START")) == [("CONFLICT", ["runs", "0"])]
        assert len(scripted.calls) == 1
        assert retry(plane, begin="START", repeat_effects=True).errors == []
        plane.drain()
    assert len(scripted.calls) == 2


def test_compensated_step_is_not_kept_and_its_repeat_needs_consent(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, REFUSED, {}))):
        undo = {"uses": scripted.name, "with": {"step": "undo"}}
        steps = three(scripted)
        steps[0]["compensate"] = undo
        plane.publish("three", steps)
        plane.send({"n": 1})
        plane.drain()
        assert [call.input["step"] for call in scripted.calls] == ["a", "b", "undo"]
        plan = planned(plane)
        assert (plan.runs[0].kept.skipped, plan.runs[0].kept.compensated) == ((), ("a",))
        assert errors(retry(plane)) == [("CONFLICT", ["runs", "0"])]
        assert retry(plane, repeat_effects=True).errors == []
        plane.drain()
    assert [call.input["step"] for call in scripted.calls[3:]] == ["a", "b", "c"]


def test_another_payload_is_an_event_that_says_from_which_it_derives(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(REFUSED, {}))):
        plane.publish("three", three(scripted))
        (event,) = plane.send({"n": "bad"})
        plane.drain()
        assert retry(plane, edited=True, payload={"n": 5}).errors == []
        plane.drain()
    assert [call.input["n"] for call in scripted.calls] == ["bad", 5, 5, 5]
    assert scripted.calls[0].idempotency_key == scripted.calls[1].idempotency_key
    assert plane.rows("SELECT derived_from_id, type FROM event WHERE derived_from_id IS NOT NULL") == [
        (event, "order.created")
    ]
    assert len(plane.runs()) == 2, "no rule saw the new event"


def test_another_payload_for_what_is_done_needs_consent(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, REFUSED, {}))):
        plane.publish("three", three(scripted))
        plane.send({"n": 1})
        plane.drain()
        assert errors(retry(plane, begin="START", edited=True, payload={"n": 5})) == [("CONFLICT", ["runs", "0"])]
        assert plane.rows("SELECT count(*) FROM event WHERE derived_from_id IS NOT NULL") == [(0,)]
        assert retry(plane, begin="START", edited=True, payload={"n": 5}, repeat_effects=True).errors == []
        plane.drain()
    assert [call.input["n"] for call in scripted.calls[2:]] == [5, 5, 5]


def test_step_that_the_version_has_no_more_is_not_kept(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=({}, {}, REFUSED, {}))):
        steps = three(scripted)
        made = plane.publish("three", steps)
        plane.send({"n": 1})
        plane.drain()
        version = publish_anew(plane, made, [steps[0], {**steps[1], "key": "new"}, steps[2]])
        plan = planned(plane, version=NAMED, to_version=version)
        kept = plan.runs[0].kept
        assert (kept.skipped, kept.repeated, kept.gone) == (("a",), ("new", "c"), ("b",))
        assert retry(plane, version=NAMED, to_version=version).errors == []
        plane.drain()
    assert [call.input["step"] for call in scripted.calls[3:]] == ["b", "c"]
    assert plane.rows("SELECT workflow_version_id FROM execution_run ORDER BY created_at DESC LIMIT 1") == [(version,)]


def test_failure_that_was_tolerated_stays_so(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(REFUSED, {}, REFUSED, {}))):
        steps = three(scripted)
        steps[0]["on_failure"] = "continue"
        plane.publish("three", steps)
        plane.send({"n": 1})
        plane.drain()
        assert retry(plane).errors == []
        plane.drain()
    assert [call.input["step"] for call in scripted.calls] == ["a", "b", "c", "c"]
    assert plane.runs()[1] == ("succeeded", "")


def test_plan_is_refused_once_what_it_showed_has_changed(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(REFUSED,))):
        plane.publish("three", three(scripted))
        plane.send({"n": 1})
        plane.drain()
        plan = planned(plane).id
        (run,) = ids(plane)
        assert retry(plane, run).errors == []
        plane.drain()
        plane.rows("UPDATE effect SET state = 'uncertain' RETURNING key")
        with pytest.raises(NormalizedError, match="has changed") as refusal:
            retry(plane, run, plan=plan)
        assert (refusal.value.code, refusal.value.path) == ("CONFLICT", ["planId"])
        with pytest.raises(NormalizedError, match="another request"):
            retry(plane, run, plan=planned(plane, run).id, begin="START")
        with pytest.raises(NormalizedError, match="planId"):
            retry(plane, run, plan="nonsense")


def test_plan_of_another_tenant_is_none(planes: Any) -> None:
    plane, other = planes(2)
    with connectors(scripted := Scripted(acts=(REFUSED,))):
        for each in (plane, other):
            each.publish("three", three(scripted))
            each.send({"n": 1})
            each.drain()
        theirs = planned(other).id
        with pytest.raises(NormalizedError, match="planId"):
            retry(plane, plan=theirs)
        assert errors(retry(plane, ids(other)[0])) == errors(retry(plane, new_id())) == [("NOT_FOUND", ["runs", "0"])]


def test_run_under_way_is_not_retried_nor_one_whose_retry_is(plane: Plane) -> None:
    plane.publish("waits", [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3600}}])
    plane.send({})
    plane.drain()
    assert errors(retry(plane)) == [("CONFLICT", ["runs", "0"])]
    with connectors(scripted := Scripted(acts=(REFUSED,))):
        plane.publish("three", three(scripted), when={"==": [{"var": "type"}, "three"]})
        plane.send({"n": 1}, kind="three")
        plane.drain()
        failed = ids(plane)[-1]
        first = retry(plane, failed, key="k")
        assert errors(retry(plane, failed)) == [("CONFLICT", ["runs", "0"])]
        assert retry(plane, failed, key="k").run_ids == first.run_ids


def test_erased_payload_can_only_be_replaced(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(REFUSED, {}))):
        plane.publish("three", three(scripted))
        plane.send({"n": 1})
        plane.drain()
        schema = plane.tenant.schema
        plane.root.execute(f'ALTER TABLE "{schema}".event_payload DISABLE TRIGGER ALL')
        plane.root.execute(f'DELETE FROM "{schema}".event_payload')
        assert errors(retry(plane)) == [("CONFLICT", ["runs", "0"])]
        assert retry(plane, edited=True, payload={"n": 5}).errors == []
        plane.drain()
    assert plane.runs()[-1] == ("succeeded", "")


def test_hundred_runs_cost_as_many_statements_as_one(plane: Plane) -> None:
    from tests.support.plane import counting

    with connectors(scripted := Scripted(acts=(REFUSED,))):
        plane.publish("three", three(scripted))
        plane.send(*({"n": n} for n in range(41)))
        plane.drain()
        one, *rest = ids(plane)
        planned(plane, one)
        with counting() as for_one:
            retry(plane, one, key="one")
        with counting() as for_many:
            assert len(retry(plane, *rest, key="many").run_ids) == 40
    assert [words for words, _ in for_many] == [words for words, _ in for_one]


def test_call_of_a_run_cannot_retry_for_ever(plane: Plane) -> None:
    with pytest.raises(NormalizedError, match="causation_depth"):
        retry(plane, new_id(), depth=8)


def test_one_retry_wins(plane: Plane) -> None:
    with connectors(scripted := Scripted(acts=(REFUSED,))):
        plane.publish("three", three(scripted))
        plane.send({"n": 1})
        plane.drain()
        (failed,) = ids(plane)
        outcomes = race(16, lambda _: retry(plane, failed))
    assert sorted(len(outcome.run_ids) for outcome in outcomes) == [0] * 15 + [1]
    assert len(plane.runs()) == 2
