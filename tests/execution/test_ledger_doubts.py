"""A try that did nothing says nothing of an earlier one that may have arrived: the effect is what all its tries came to."""

from __future__ import annotations

import uuid
from importlib import import_module
from typing import Any

import pytest

from actors.connectors.base import ConnectorError
from automate.effects import states as effect_states
from automate.effects.list_queries import EffectsFilter, effects_page
from automate.effects.proof import proof
from automate.effects.queries import effects_of
from automate.effects.rows import EffectRow
from automate.kernel.principals import Principal, acting_as
from automate.kernel.queries import Slice
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.recovery.effects import Saying, resolve_effect
from automate.recovery.once import OperationResult
from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import plan_retry, retry_runs
from automate.runs import control
from automate.runs.uncertain_effects import LOOKUPS
from tests.support import bulk
from tests.support.facts import naming
from tests.support.lookable import DID_NOT, UNKNOWN, Asked
from tests.support.plane import Plane, Scripted, connectors, failing

PERSON = Principal(kind="member", name="Olga", id="olga", role="operator")
LATE = failing("CONNECTOR_TIMEOUT", arrived=True)
NOT_SENT = failing("CONNECTOR_TRANSIENT")
REFUSED = failing("CONNECTOR_REFUSED")
AGAIN: dict[str, Any] = {"retry": {"max_attempts": 3, "initial_seconds": 1e-9, "max_seconds": 1e-9}}


def answered(status: int) -> ConnectorError:
    """By a connector that says that it may work later."""
    return ConnectorError("CONNECTOR_TRANSIENT", "By script.", details={"status": status})


FAULT = answered(503)
NO_MORE: dict[str, Any] = {"retry": {"max_attempts": 1}}
NOW_MENDED = {"id": "x-9"}


def begin(plane: Plane, scripted: Scripted, **step: Any) -> None:
    plane.publish("one", [{"key": "a", "uses": scripted.name, "with": {"x": 1}, **step}])
    plane.send({})
    go_on(plane)


def go_on(plane: Plane, times: int = 4) -> None:
    for _ in range(times):
        plane.drain()
        plane.pass_seconds(61)


def effects(plane: Plane) -> list[EffectRow]:
    with acting_for(plane.tenant):
        runs = [run for (run,) in plane.rows("SELECT id FROM execution_run")]
        return sorted((one for found in effects_of(runs, None, 10).values() for one in found), key=lambda one: one.item)


def effect(plane: Plane) -> EffectRow:
    (found,) = [one for one in effects(plane) if one.step_key == "a"]
    return found


def known(plane: Plane) -> tuple[str, int, int, int]:
    """The state, the tries, how many may have arrived, and how many effects wait for a person."""
    with acting_for(plane.tenant):
        waiting = effects_page(EffectsFilter(unresolved=True), Slice(10))
    one = effect(plane)
    return one.state, one.tries, one.most_sent, len(waiting.rows)


def say(plane: Plane, how: str) -> None:
    with acting_for(plane.tenant), acting_as(PERSON):
        resolve_effect(effect(plane).id, Saying(how, "I rang them up"))


def retry(plane: Plane, **request: Any) -> OperationResult:
    newest = plane.rows("SELECT id FROM execution_run ORDER BY created_at DESC LIMIT 1")[0][0]
    with acting_for(plane.tenant), acting_as(PERSON):
        return retry_runs([newest], RetryRequest(**request))


def planned(plane: Plane, **request: Any) -> list[tuple[str, bool]]:
    newest = plane.rows("SELECT id FROM execution_run ORDER BY created_at DESC LIMIT 1")[0][0]
    with acting_for(plane.tenant):
        (plan,) = plan_retry([newest], RetryRequest(**request)).runs
    return [(one.state, one.needs_consent) for one in plan.effects]


def twice(plane: Plane, scripted: Scripted) -> None:
    """Nobody knows of the first try; a person lets it be repeated, and the second one does nothing."""
    begin(plane, scripted)
    say(plane, effect_states.REPEAT)
    go_on(plane)
    assert plane.runs() == [("failed", "CONNECTOR_REFUSED")]


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
