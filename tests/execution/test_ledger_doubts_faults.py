"""An answer with a fault does not prove that the service did nothing."""

from __future__ import annotations

import pytest

from automate.effects import states as effect_states
from automate.effects.proof import proof
from tests.support.doubts import (
    AGAIN,
    FAULT,
    LATE,
    NO_MORE,
    NOT_SENT,
    REFUSED,
    answered,
    begin,
    effect,
    effects,
    go_on,
    known,
    retry,
)
from tests.support.facts import naming
from tests.support.lookable import DID_NOT, Asked
from tests.support.plane import Plane, Scripted, connectors


def test_answer_with_a_fault_does_not_prove_that_nothing_was_done(plane: Plane) -> None:
    with connectors(scripted := Scripted("unsafe", acts=(FAULT, NOT_SENT, REFUSED, FAULT, {"id": 7}))):
        begin(plane, scripted, **AGAIN)
        assert known(plane) == ("failed", 3, 1, 0)
        assert proof(effect(plane)) == naming("1 of 3")
        assert retry(plane).errors == []
        go_on(plane)
    assert known(plane) == ("confirmed", 5, 3, 0)
    assert proof(effect(plane)) == naming("3", "Idempotency-Key", "2 of 5")


@pytest.mark.parametrize("status", [404, 408, 425, 302])
def test_refusal_that_may_pass_is_no_fault(plane: Plane, status: int) -> None:
    with connectors(scripted := Scripted("unsafe", acts=(answered(status),))):
        begin(plane, scripted, **NO_MORE)
    assert known(plane) == ("failed", 1, 0, 0)


def test_fault_of_a_graphql_server_comes_with_200(plane: Plane) -> None:
    with connectors(scripted := Scripted("keyed", acts=(answered(200), {}))):
        begin(plane, scripted, **NO_MORE)
        assert known(plane) == ("failed", 1, 1, 0)


def test_connector_that_finds_that_nothing_happened_settles_faults_too(plane: Plane) -> None:
    with connectors(asked := Asked("keyed", acts=(FAULT, LATE, REFUSED), says=(DID_NOT,))):
        begin(plane, asked, **AGAIN)
    assert (len(asked.calls), len(asked.asked)) == (3, 1)
    assert known(plane) == ("failed", 3, 0, 0)


@pytest.mark.parametrize("status", [200, 500, 502, 504])
def test_unsafe_call_that_a_fault_answered_waits_for_a_person(plane: Plane, status: int) -> None:
    scripted = Scripted(effect="unsafe", acts=(answered(status), {}))
    with connectors(scripted):
        begin(plane, scripted, **AGAIN)
        assert (len(scripted.calls), plane.runs()) == (1, [("waiting", naming("uncertain"))])
    assert [row.state for row in effects(plane)] == [effect_states.EFFECT_UNCERTAIN]


@pytest.mark.parametrize(("effect", "status"), [("unsafe", 503), ("keyed", 504)])
def test_call_that_did_not_begin_or_whose_repeat_is_known_is_tried_again(
    plane: Plane, effect: str, status: int
) -> None:
    scripted = Scripted(effect=effect, acts=(answered(status), {}))
    with connectors(scripted):
        begin(plane, scripted, **AGAIN)
    assert (len(scripted.calls), plane.runs()) == (2, [("succeeded", "")])
