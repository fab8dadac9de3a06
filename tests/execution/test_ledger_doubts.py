"""A person's word, a repeat and a bulk retry of an effect whose first try may have arrived."""

from __future__ import annotations

import uuid
from importlib import import_module
from typing import Any

import pytest

from automate.effects import states as effect_states
from automate.effects.proof import proof
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from tests.support import bulk
from tests.support.doubts import (
    LATE,
    NO_MORE,
    NOW_MENDED,
    REFUSED,
    begin,
    effect,
    go_on,
    known,
    planned,
    retry,
    say,
    twice,
)
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors


def test_repeat_that_did_nothing_leaves_the_first_try_uncertain(plane: Plane) -> None:
    with connectors(scripted := Scripted("unsafe", acts=(LATE, REFUSED))):
        twice(plane, scripted)
    assert known(plane) == ("uncertain", 2, 1, 1)
    one = effect(plane)
    assert (one.code, one.did_nothing) == ("CONNECTOR_REFUSED", True)
    assert proof(one) == naming("once", "one other")


def test_plain_retry_does_not_send_a_second_time_what_may_have_arrived(plane: Plane) -> None:
    with connectors(scripted := Scripted("unsafe", acts=(LATE, REFUSED, NOW_MENDED))):
        twice(plane, scripted)
        assert planned(plane) == [("uncertain", True)]
        refusals = retry(plane)
        assert ([error.code for error in refusals.errors], refusals.run_ids) == (["CONFLICT"], [])
        assert retry(plane, repeat_effects=True).errors == []
        go_on(plane)
    assert len(scripted.calls) == 3
    assert len({call.idempotency_key for call in scripted.calls}) == 2


def test_person_says_of_the_whole_effect_what_became_of_it(plane: Plane) -> None:
    with connectors(scripted := Scripted("unsafe", acts=(LATE, REFUSED, NOW_MENDED))):
        twice(plane, scripted)
        say(plane, effect_states.DID_NOT_HAPPEN)
        assert known(plane) == ("failed", 2, 0, 0)
        assert proof(effect(plane)) == naming("no effect", "2 tries")
        assert planned(plane) == []
        assert retry(plane).errors == []
        go_on(plane)
    assert len({call.idempotency_key for call in scripted.calls}) == 1
    assert known(plane) == ("confirmed", 3, 1, 0)
    assert proof(effect(plane)) == naming("once", "2", "confirmed")


def test_word_that_it_happened_holds_though_the_last_try_did_nothing(plane: Plane) -> None:
    with connectors(scripted := Scripted("unsafe", acts=(LATE, REFUSED))):
        twice(plane, scripted)
        say(plane, effect_states.HAPPENED)
        assert planned(plane) == [("confirmed", True)]
        assert [error.code for error in retry(plane).errors] == ["CONFLICT"]
    assert known(plane) == ("confirmed", 2, 1, 0)


def test_word_that_it_happened_reaches_the_run_that_has_read_otherwise(plane: Plane) -> None:
    """A worker holds the retried run, before its step, when somebody says what became of the first try."""
    known_by: list[str] = []

    def first(call: Any) -> Any:
        if len(before.calls) == 2:
            known_by.append(known(plane)[0])
            say(plane, effect_states.HAPPENED)
        return {}

    before = Scripted("idempotent", name="test.first", acts=(first,))
    with connectors(before, scripted := Scripted("keyed", acts=(LATE, REFUSED))):
        steps = [{"key": "first", "uses": before.name}, {"key": "a", "uses": scripted.name, **NO_MORE}]
        plane.publish("one", steps)
        plane.send({})
        go_on(plane)
        assert retry(plane, begin="START").errors == []
        go_on(plane)
    assert (known_by, len(scripted.calls)) == (["uncertain"], 2)
    assert known(plane) == ("confirmed", 2, 1, 0)


def test_bulk_retry_refuses_what_may_have_arrived(plane: Plane) -> None:
    with connectors(scripted := Scripted("unsafe", acts=(LATE, REFUSED, NOW_MENDED))):
        twice(plane, scripted)
        operation = bulk.start(plane, "RETRY", wanted={"states": ("failed",)})
        bulk.to_its_end(plane, operation)
        assert bulk.outcomes(plane, operation) == [(plane.rows("SELECT id FROM execution_run")[0][0], "refused")]
    assert len(scripted.calls) == 2


def test_workers_of_the_release_before_are_put_right(plane: Plane) -> None:
    """They called failed what the last try alone had come to."""
    with connectors(scripted := Scripted("unsafe", acts=(REFUSED,))):
        begin(plane, scripted)
    ((run,),) = plane.rows("SELECT id FROM execution_run")
    cases = {
        "uncertain": ("uncertain", None),
        "confirmed": ("confirmed", None),
        "failed": ("sent", '{"how": "did_not_happen"}'),
    }
    with acting_for(plane.tenant):
        for wanted, (first, said) in cases.items():
            former = f'[{{"try": 1, "state": "{first}"}}, {{"try": 2, "state": "failed"}}]'
            execute(
                "INSERT INTO effect (key, run_id, step_key, item, connector, effect, state, request, tries, former,"
                " resolution, response_sha256, intended_at) VALUES (%s, %s, 'a', -1, 'x', 'unsafe', 'failed', '{}', 3, %s::jsonb,"
                " %s::jsonb, '', now())",
                [wanted.ljust(64, "0"), run, former, said],
            )
        execute(import_module("automate.runs.migrations.0018_doubts").DOUBTED)
    rows = plane.rows("SELECT rtrim(key, '0'), state FROM effect WHERE connector = 'x' ORDER BY key")
    assert rows == [(wanted, wanted) for wanted in sorted(cases)]
    assert plane.rows("SELECT state FROM effect WHERE connector <> 'x'") == [("failed",)]


def test_ledger_that_believes_the_last_try_sends_twice(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: what was known before the last try is forgotten."""
    from automate.runs.advance import Advance

    monkeypatch.setattr(
        Advance, "did_nothing", lambda made, step: made.effect(step, effect_states.EFFECT_FAILED, did_nothing=True)
    )
    with connectors(scripted := Scripted("unsafe", acts=(LATE, REFUSED, NOW_MENDED))):
        twice(plane, scripted)
        assert retry(plane).errors == []
        go_on(plane)
    sent: set[uuid.UUID] = {uuid.UUID(call.idempotency_key[:32]) for call in scripted.calls}
    assert (len(scripted.calls), len(sent)) == (3, 1), (
        "a call that may have arrived was made again, and nobody was asked"
    )
