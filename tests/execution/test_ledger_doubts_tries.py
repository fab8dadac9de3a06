"""A try that did nothing proves nothing of an earlier one that may have arrived, in a step, its items and its retries."""

from __future__ import annotations

from typing import Any

import pytest

from automate.effects.proof import proof
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import control
from automate.runs.uncertain_effects import LOOKUPS
from tests.support.doubts import AGAIN, LATE, NOT_SENT, REFUSED, begin, effect, effects, go_on, known, planned, retry
from tests.support.facts import naming
from tests.support.lookable import DID_NOT, UNKNOWN, Asked
from tests.support.plane import Plane, Scripted, connectors


def test_each_retry_under_the_same_key_keeps_what_the_first_left_open(plane: Plane) -> None:
    """Three runs, each of which is refused: none of that says what became of the first call."""
    with connectors(scripted := Scripted("keyed", acts=(LATE, REFUSED))):
        begin(plane, scripted, retry={"max_attempts": 1})
        assert known(plane) == ("uncertain", 1, 1, 1)
        for tries in (2, 3):
            assert planned(plane) == [("uncertain", False)]
            assert retry(plane).errors == []
            go_on(plane)
            assert known(plane) == ("uncertain", tries, 1, 1)
    assert len({call.idempotency_key for call in scripted.calls}) == 1


@pytest.mark.parametrize("name", ["keyed", "idempotent"])
def test_retries_within_a_run_keep_what_the_first_left_open(plane: Plane, name: str) -> None:
    with connectors(scripted := Scripted(name, acts=(LATE, NOT_SENT, REFUSED))):
        begin(plane, scripted, **AGAIN)
    assert plane.steps() == [
        ("a", 1, "retrying", "CONNECTOR_TIMEOUT"),
        ("a", 2, "retrying", "CONNECTOR_TRANSIENT"),
        ("a", 3, "failed", "CONNECTOR_REFUSED"),
    ]
    assert known(plane) == ("uncertain", 3, 1, 1)
    assert [one.state for one in effect(plane).former] == ["sent", "failed"]


def test_what_may_have_arrived_is_being_found_out_as_long_as_it_is_tried_again(plane: Plane) -> None:
    with connectors(scripted := Scripted("keyed", acts=(LATE, NOT_SENT))):
        waits = {"retry": {"max_attempts": 5, "initial_seconds": 50, "max_seconds": 300, "factor": 10}}
        plane.publish("one", [{"key": "a", "uses": scripted.name, **waits}])
        plane.send({})
        plane.drain()
        plane.pass_seconds(60)
        plane.drain()
        assert known(plane) == ("sent", 2, 1, 0)
        ((run,),) = plane.rows("SELECT id FROM execution_run")
        with acting_for(plane.tenant), in_transaction():
            control.cancel([run], "no longer wanted")
        plane.drain()
    assert plane.runs() == [("cancelled", "no longer wanted")]
    assert known(plane) == ("uncertain", 2, 1, 1)


def test_lost_worker_may_have_sent_what_the_next_try_was_refused(plane: Plane) -> None:
    with connectors(scripted := Scripted("keyed", acts=(REFUSED,))):
        plane.publish("one", [{"key": "a", "uses": scripted.name}])
        plane.send({})
        plane.start_and_die()
        go_on(plane)
    assert (len(scripted.calls), plane.runs()) == (1, [("failed", "CONNECTOR_REFUSED")])
    assert known(plane) == ("uncertain", 2, 1, 1)


def test_connector_settles_all_tries_at_once(plane: Plane) -> None:
    """It could not tell of the first, which was sent again; of the second it says that the key did nothing."""
    says = (*[UNKNOWN] * LOOKUPS, DID_NOT)
    with connectors(asked := Asked("keyed", acts=(LATE, LATE), says=says)):
        begin(plane, asked, retry={"max_attempts": 2, "initial_seconds": 1e-9})
        go_on(plane, LOOKUPS + 4)
    assert (len(asked.calls), len(asked.asked)) == (2, LOOKUPS + 1)
    assert known(plane) == ("failed", 2, 0, 0)


def test_connector_that_cannot_tell_leaves_the_first_try_open(plane: Plane) -> None:
    with connectors(asked := Asked("keyed", acts=(LATE, REFUSED))):
        begin(plane, asked, retry={"max_attempts": 2, "initial_seconds": 1e-9})
        go_on(plane, LOOKUPS + 4)
    assert (len(asked.calls), len(asked.asked)) == (2, LOOKUPS)
    assert known(plane) == ("uncertain", 2, 1, 1)


def test_what_was_confirmed_stays_so_when_a_repeat_is_refused(plane: Plane) -> None:
    with connectors(scripted := Scripted("keyed", acts=({"id": 7}, REFUSED))):
        begin(plane, scripted)
        before = effect(plane)
        assert retry(plane, begin="START").errors == []
        go_on(plane)
    now = effect(plane)
    assert (now.state, now.tries, now.most_sent, now.response_sha256) == ("confirmed", 2, 1, before.response_sha256)
    assert proof(now) == naming("once", "one other", "confirmed")


def test_what_was_confirmed_stays_so_when_nobody_knows_of_a_repeat(plane: Plane) -> None:
    with connectors(scripted := Scripted("keyed", acts=({"id": 7}, LATE))):
        begin(plane, scripted, retry={"max_attempts": 1})
        before = effect(plane)
        assert retry(plane, begin="START").errors == []
        go_on(plane)
    assert plane.runs() == [("succeeded", ""), ("failed", "CONNECTOR_TIMEOUT")]
    assert known(plane) == ("confirmed", 2, 2, 0)
    assert effect(plane).response_sha256 == before.response_sha256


def test_items_keep_what_their_first_tries_left_open(plane: Plane) -> None:
    """In one run, and in the one that takes its place."""
    acts = {0: [LATE, NOT_SENT, REFUSED, REFUSED], 1: [NOT_SENT, NOT_SENT, REFUSED, LATE]}

    def act(call: Any) -> Any:
        return acts[call.input["n"]].pop(0)

    with connectors(scripted := Scripted("keyed", acts=(act,))):
        each = {
            "items": [0, 1],
            "parallel": 2,
            "step": {"uses": scripted.name, "with": {"n": "{{ item.index }}"}, **AGAIN},
        }
        plane.publish("each", [{"key": "a", "uses": "flow.for_each", "with": each}])
        plane.send({})
        go_on(plane)
        assert [(one.item, one.state, one.most_sent) for one in effects(plane)] == [
            (0, "uncertain", 1),
            (1, "failed", 0),
        ]
        assert planned(plane) == [("uncertain", False)]
        for item in (0, 1):
            acts[item] += [REFUSED] * 3
        assert retry(plane).errors == []
        go_on(plane)
    assert [(one.item, one.state, one.most_sent) for one in effects(plane)] == [
        (0, "uncertain", 1),
        (1, "uncertain", 1),
    ]


def test_compensation_keeps_what_its_first_try_left_open(plane: Plane) -> None:
    undo = Scripted("keyed", name="test.undo", acts=(LATE, REFUSED))
    broken = Scripted(name="test.broken", acts=(REFUSED,))
    with connectors(Scripted(name="test.do"), undo, broken):
        undone = {"uses": undo.name, "with": {}, **AGAIN}
        steps: list[Any] = [{"key": "a", "uses": "test.do", "compensate": undone}, {"key": "b", "uses": broken.name}]
        plane.publish("one", steps)
        plane.send({})
        go_on(plane)
    assert len(undo.calls) == 2
    assert plane.rows("SELECT state, tries FROM effect WHERE item = -2") == [("uncertain", 2)]
