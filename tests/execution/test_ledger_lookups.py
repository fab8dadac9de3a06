"""An effect of which nobody knows whether it happened is looked up before anything is repeated."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.outbox.claims import RUN_ADVANCE
from automate.runs.step_call import StepResult
from automate.runs.uncertain_effects import LOOKUPS
from tests.support.crash_points import LOOKABLE, register_lookable
from tests.support.facts import naming
from tests.support.lookable import DID_NOT, HAPPENED, UNKNOWN, Asked
from tests.support.near import let_reach_this_machine
from tests.support.plane import Plane, connectors, failing
from tests.support.receiver import Call, Receiver

LATE = failing("CONNECTOR_TIMEOUT", arrived=True)
AGAIN: dict[str, Any] = {"retry": {"initial_seconds": 1e-9, "max_seconds": 1e-9}}


def begin(plane: Plane, asked: Asked, **step: Any) -> None:
    plane.publish("one", [{"key": "a", "uses": asked.name, "with": {"x": 1}, **step}])
    plane.send({})


def lose(plane: Plane, asked: Asked) -> None:
    """A worker that is lost in its call."""
    begin(plane, asked)
    plane.start_and_die()


def moves(plane: Plane) -> list[tuple[str, str]]:
    return [move[1:] for move in plane.log() if move[0] == "a"]


@pytest.mark.parametrize("effect", ["unsafe", "keyed", "idempotent"])
def test_lost_call_that_happened_is_not_repeated(plane: Plane, effect: str) -> None:
    asked = Asked(effect, says=(HAPPENED,))
    with connectors(asked):
        lose(plane, asked)
        plane.drain()
    assert (len(asked.calls), len(asked.asked)) == (0, 1)
    assert plane.runs() == [("succeeded", "")]
    assert moves(plane) == [("", "running"), ("running", "uncertain"), ("uncertain", "succeeded")]
    assert plane.rows("SELECT state, tries, external_id, former::text FROM effect") == [("confirmed", 1, "x-1", "[]")]
    assert plane.rows("SELECT output::text FROM step_run") == [('{"id": "x-1"}',)]


@pytest.mark.parametrize("effect", ["unsafe", "keyed"])
def test_lost_call_that_did_not_happen_is_made_under_its_key(plane: Plane, effect: str) -> None:
    asked = Asked(effect, says=(DID_NOT,))
    with connectors(asked):
        lose(plane, asked)
        plane.drain()
    (call,), (lookup,) = asked.calls, asked.asked
    assert (call.idempotency_key, call.input) == (lookup.idempotency_key, lookup.input)
    assert plane.runs() == [("succeeded", "")]
    assert plane.rows("SELECT state, tries, former -> 0 ->> 'state' FROM effect") == [("confirmed", 2, "failed")]


def test_call_that_may_have_arrived_is_looked_up_at_once(plane: Plane) -> None:
    asked = Asked("keyed", acts=(LATE,), says=(HAPPENED,))
    with connectors(asked):
        begin(plane, asked)
        plane.drain()
    assert (len(asked.calls), len(asked.asked)) == (1, 1)
    assert plane.runs() == [("succeeded", "")]
    assert moves(plane) == [("", "running"), ("running", "uncertain"), ("uncertain", "succeeded")]


def test_call_that_failed_and_did_not_happen_is_tried_again_as_its_policy_says(plane: Plane) -> None:
    asked = Asked("unsafe", acts=(LATE,), says=(DID_NOT,))
    with connectors(asked):
        begin(plane, asked, **AGAIN)
        for _ in range(4):
            plane.drain()
            plane.pass_seconds(1)
    assert (len(asked.calls), len(asked.asked)) == (3, 3)
    assert plane.steps() == [
        ("a", 1, "retrying", "CONNECTOR_TIMEOUT"),
        ("a", 2, "retrying", "CONNECTOR_TIMEOUT"),
        ("a", 3, "failed", "CONNECTOR_TIMEOUT"),
    ]
    assert plane.effects() == [("a", "failed", 3)]
    assert plane.runs() == [("failed", "CONNECTOR_TIMEOUT")]


def test_connector_that_cannot_tell_is_asked_again_and_then_a_person_is(plane: Plane) -> None:
    asked = Asked("unsafe", says=(UNKNOWN, failing("CONNECTOR_TRANSIENT"), RuntimeError("a bug"), UNKNOWN))
    with connectors(asked):
        lose(plane, asked)
        plane.drain()
        assert plane.runs() == [("waiting", naming("outcome"))]
        assert plane.rows("SELECT state, lookups FROM effect") == [("sent", 1)]
        for number in range(2, LOOKUPS + 3):
            plane.pass_seconds(61)
            plane.drain()
            assert len(asked.asked) == min(number, LOOKUPS)
    assert asked.calls == []
    assert plane.steps() == [("a", 1, "uncertain", "")]
    assert plane.rows("SELECT state, lookups FROM effect") == [("uncertain", LOOKUPS)]
    assert plane.runs()[0][0] == "waiting"


def test_what_is_keyed_is_repeated_where_its_connector_cannot_tell(plane: Plane) -> None:
    asked = Asked("keyed")
    with connectors(asked):
        lose(plane, asked)
        for _ in range(LOOKUPS + 1):
            plane.drain()
            plane.pass_seconds(61)
    assert (len(asked.asked), len(asked.calls)) == (LOOKUPS, 1)
    assert plane.runs() == [("succeeded", "")]
    assert plane.rows("SELECT state, tries, former -> 0 ->> 'state' FROM effect") == [("confirmed", 2, "sent")]


def test_worker_lost_in_a_lookup_is_followed_by_another_lookup(plane: Plane) -> None:
    asked = Asked("unsafe", says=(HAPPENED,))
    with connectors(asked):
        lose(plane, asked)
        (call,) = plane.start_and_die(RUN_ADVANCE)
        assert call.asks
        assert plane.effects() == [("a", "sent", 1)]
        plane.drain()
    assert (len(asked.asked), len(asked.calls)) == (1, 0)
    assert plane.runs() == [("succeeded", "")]


def test_late_lookup_is_refused_by_the_fence(plane: Plane) -> None:
    asked = Asked("unsafe", says=(HAPPENED,))
    with connectors(asked):
        lose(plane, asked)
        jobs, late = plane.claim(), plane.run_set()
        with acting_for(plane.tenant):
            (call,) = late.take(jobs)
        plane.root.expire_leases()
        plane.drain()
        with acting_for(plane.tenant):
            answer = StepResult(call, verdict="did_not_happen")
            assert late.commit([late.settle(call.run, [answer])]) == []
    assert plane.effects() == [("a", "confirmed", 1)]


def test_cancelled_run_waits_for_the_lookup_and_tells_the_truth(plane: Plane) -> None:
    from automate.kernel.transactions import in_transaction
    from automate.runs import control

    asked = Asked("unsafe", says=(HAPPENED,))
    with connectors(asked):
        lose(plane, asked)
        ((run,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), in_transaction():
            control.cancel([run], "no longer wanted")
        plane.drain()
    assert plane.steps() == [("a", 1, "succeeded", "")]
    assert plane.effects() == [("a", "confirmed", 1)]
    assert plane.runs() == [("cancelled", "no longer wanted")]


def test_effect_that_nobody_repeats_any_more_is_left_to_a_person(plane: Plane) -> None:
    """Its run ends while it waits for its next try."""
    from automate.kernel.transactions import in_transaction
    from automate.runs import control
    from tests.support.plane import Scripted

    scripted = Scripted(acts=(LATE,))
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name, "retry": {"initial_seconds": 300}}])
        plane.send({})
        plane.drain()
        assert plane.effects() == [("a", "sent", 1)]
        ((run,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), in_transaction():
            control.cancel([run], "no longer wanted")
        plane.drain()
    assert plane.runs() == [("cancelled", "no longer wanted")]
    assert plane.effects() == [("a", "uncertain", 1)]


class Remembering(Receiver):
    """Knows by their keys which calls it acted on. slow: its first answer comes too late."""

    def __init__(self) -> None:
        super().__init__()
        self.acted: set[str] = set()

    def delay_of(self, call: Call) -> float:
        if "lookup" not in call.body:
            self.acted.add(call.key)
            return 2.0
        return 0.0

    def answer_to(self, call: Call) -> dict[str, Any]:
        return {"serial": call.serial, "acted": call.key in self.acted}


def test_real_host_is_asked_what_it_did_with_a_call_whose_answer_was_late(plane: Plane) -> None:
    register_lookable()
    let_reach_this_machine(plane)
    try:
        with Remembering() as receiver:
            body = {"n": 1}
            step = {"key": "a", "uses": LOOKABLE, "with": {"method": "POST", "url": receiver.url, "json": body}}
            plane.publish("one", [{**step, "timeout_seconds": 1.0}])
            plane.send({})
            plane.drain()
            calls = [("lookup" in call.body, call.key) for call in receiver.calls]
    finally:
        from actors.connectors.registry import CONNECTORS

        registry: Any = CONNECTORS
        del registry[LOOKABLE]
    ((key, target, state, tries),) = plane.rows("SELECT key, target, state, tries FROM effect")
    assert calls == [(False, key), (True, key)]
    assert (target, state, tries) == (receiver.url.split("/")[2], "confirmed", 1)
    assert plane.runs() == [("succeeded", "")]


def test_connector_that_forgets_to_look_up_is_repeated_only_by_a_person(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin: whoever takes silence for "did not happen" does the thing twice."""
    from automate.runs import uncertain_effects

    def trusting(made: Any, step: Any, *_: Any) -> None:
        made.effect(step, "failed")

    monkeypatch.setattr(uncertain_effects, "not_answered", trusting)
    asked = Asked("unsafe", says=(UNKNOWN,))
    with connectors(asked):
        lose(plane, asked)
        plane.drain()
    assert len(asked.calls) == 1, "a call that may have happened was made again"


def test_item_whose_step_is_late_is_given_up_once_its_lookup_has_ended(plane: Plane) -> None:
    asked = Asked("unsafe", says=(HAPPENED,))
    with connectors(asked):
        each = {"items": [1, 2], "parallel": 2, "step": {"uses": asked.name, "with": {}}}
        plane.publish("each", [{"key": "a", "uses": "flow.for_each", "with": each, "timeout_seconds": 60}])
        plane.send({})
        plane.start_and_die()
        jobs, run_set = plane.claim(), plane.run_set()
        with acting_for(plane.tenant):
            calls = run_set.take(jobs)
            run = calls[0].run
            run.steps["a"].due = 0.0
            answers = [StepResult(call, verdict="unknown") for call in calls]
            for answer in answers:
                run_set.commit([run_set.settle(run, [answer])])
    assert [call.asks for call in calls] == [True, True]
    assert plane.runs() == [("failed", "STEP_TIMED_OUT")]
    assert plane.effects() == [("a", "uncertain", 1)] * 2
