"""Concurrency keys: who goes on, who waits, and who is cancelled for whom."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import control
from automate.runs.matching import match_events
from automate.runs.step_call import StepResult
from tests.support.facts import naming
from tests.support.keyed import MINUTE, WAITS, a_minute_later, keyed, order, runs_of, slots
from tests.support.plane import Plane, Scripted, connectors

WAITING, DONE = ("waiting", naming("step rest")), ("succeeded", "")


def test_runs_of_a_key_start_in_the_order_of_arrival(plane: Plane) -> None:
    keyed(plane)
    runs = order(plane, *["acme"] * 4)
    for ended in range(4):
        assert plane.runs() == [*[DONE] * ended, WAITING, *[WAITS] * (3 - ended)]
        assert slots(plane) == [(run, run == runs[ended]) for run in runs[ended:]]
        a_minute_later(plane)
    assert plane.runs() == [DONE] * 4
    assert slots(plane) == []
    assert plane.rows("SELECT id FROM execution_run ORDER BY started_at") == [(run,) for run in runs]


def test_one_set_of_events_keeps_its_order(plane: Plane) -> None:
    keyed(plane, limit=2)
    plane.send(*[{"customer": "acme"}] * 5)
    plane.drain()
    assert plane.runs() == [*[WAITING] * 2, *[WAITS] * 3]
    a_minute_later(plane)
    assert plane.runs() == [*[DONE] * 2, *[WAITING] * 2, WAITS]


@pytest.mark.parametrize("other", ["blue", 7, False, ""])
def test_other_keys_wait_for_nobody(plane: Plane, other: Any) -> None:
    keyed(plane)
    order(plane, "acme", other)
    assert plane.runs() == [WAITING] * 2


def test_same_key_of_another_workflow_or_of_none_waits_for_nobody(plane: Plane) -> None:
    keyed(plane)
    keyed(plane, slug="two")
    plane.publish("three", MINUTE)
    order(plane, "acme")
    assert plane.runs() == [WAITING] * 3
    assert len(slots(plane)) == 2


def test_cancel_newest_says_who_holds_the_key(plane: Plane) -> None:
    keyed(plane, limit=2, strategy="cancel_newest")
    first, *_ = order(plane, *["acme"] * 4)
    refused = ("cancelled", naming("acme", first))
    assert plane.runs() == [WAITING, WAITING, refused, refused]
    assert len(slots(plane)) == 2
    a_minute_later(plane)
    order(plane, "acme")
    assert plane.runs() == [DONE, DONE, refused, refused, WAITING]


def test_cancel_in_progress_lets_the_newest_go_on(plane: Plane) -> None:
    keyed(plane, limit=2, strategy="cancel_in_progress")
    runs = order(plane, *["acme"] * 3)
    assert plane.runs() == [("cancelled", naming(runs[2])), WAITING, WAITING]
    plane.send(*[{"customer": "acme"}] * 3)
    plane.drain()
    assert [state for state, _ in plane.runs()] == ["cancelled"] * 4 + ["waiting"] * 2
    a_minute_later(plane)
    assert plane.runs()[4:] == [DONE] * 2
    assert slots(plane) == []


def test_newest_waits_until_a_call_of_the_cancelled_run_has_ended(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        keyed(plane, [{"key": "a", "uses": scripted.name}], strategy="cancel_in_progress")
        plane.send({"customer": "acme"})
        run_set, jobs = plane.run_set(), plane.claim()
        with acting_for(plane.tenant):
            (call,) = match_events(run_set, jobs)
        _, second = order(plane, "acme")
        assert [state for state, _ in plane.runs()] == ["cancelling", "queued"]
        third = order(plane, "acme")[2]
        displaced = ("cancelled", naming(third))
        assert plane.runs()[1:] == [displaced, WAITS]
        assert [run for run, _ in slots(plane)] == [call.run.id, third]
        with acting_for(plane.tenant):
            run_set.commit([run_set.settle(call.run, [StepResult(call, output={})])])
        plane.drain()
    assert plane.runs() == [("cancelled", naming(second)), displaced, DONE]
    assert len(scripted.calls) == 1


def test_taken_set_displaces_its_own_older_runs(plane: Plane) -> None:
    """A worker was lost with an older run that had begun; the next one takes it up together with a newer run."""
    scripted = Scripted()
    with connectors(scripted):
        keyed(plane, [{"key": "a", "uses": scripted.name}], strategy="cancel_in_progress")
        plane.send({"customer": "acme"})
        plane.start_and_die()
        (older,) = runs_of(plane)
        newer = queue_up(plane, older)
        plane.root.execute("UPDATE public.outbox_job SET alone = false")
        assert {job.id for job in plane.dispatch()} == {older, newer}
        from automate.outbox.claims import RUN_ADVANCE
        from tests.support.plane import BEGIN, work_off

        work_off(plane.tenant.id, [older, newer], BEGIN[RUN_ADVANCE])
        plane.drain()
    assert plane.runs() == [("cancelled", naming(newer)), DONE]
    assert slots(plane) == []


def queue_up(plane: Plane, like: Any) -> Any:
    """A run of the same version and event, queued as ``runWorkflow`` does it."""
    from automate.rules.new_runs import NewRun, WorkflowVersionRef
    from automate.runs.services import create_runs

    ((workflow, version, event),) = plane.rows(
        "SELECT workflow_id, workflow_version_id, event_id FROM execution_run WHERE id = %s", like
    )
    run = NewRun(new_id(), workflow, WorkflowVersionRef(version, 1, 60), event, None, "0" * 32, 1)
    with acting_for(plane.tenant), in_transaction():
        create_runs([run])
    return run.run_id


def test_run_started_by_hand_obeys_the_key(plane: Plane) -> None:
    keyed(plane)
    (first,) = order(plane, "acme")
    queue_up(plane, first)
    plane.drain()
    assert plane.runs() == [WAITING, WAITS]


def cancel(plane: Plane, *runs: Any) -> None:
    with acting_for(plane.tenant), in_transaction():
        assert len(control.cancel(runs, "enough")) == len(runs)


def test_cancelled_runs_leave_their_place(plane: Plane) -> None:
    keyed(plane)
    first, second, third = order(plane, *["acme"] * 3)
    cancel(plane, second)
    assert slots(plane) == [(first, True), (third, False)]
    cancel(plane, first)
    plane.drain()
    assert plane.runs() == [("cancelled", "enough"), ("cancelled", "enough"), WAITING]


def test_run_that_is_cancelled_before_it_takes_its_turn_passes_it_on(plane: Plane) -> None:
    keyed(plane)
    first, second, third = order(plane, *["acme"] * 3)
    cancel(plane, first)
    plane.work()
    assert slots(plane) == [(second, True), (third, False)]
    cancel(plane, second)
    assert slots(plane) == [(third, True)]
    plane.drain()
    assert plane.runs()[2] == WAITING


def test_paused_run_is_passed_over_and_keeps_its_place(plane: Plane) -> None:
    keyed(plane)
    first, second, third, fourth = order(plane, *["acme"] * 4)
    with acting_for(plane.tenant), in_transaction():
        assert control.pause([second], "later") == [second]
    a_minute_later(plane)
    assert slots(plane) == [(second, False), (third, True), (fourth, False)]
    with acting_for(plane.tenant), in_transaction():
        assert control.resume([second], "go on") == [second]
    plane.drain()
    assert plane.runs()[1] == WAITS
    a_minute_later(plane)
    assert slots(plane) == [(second, True), (fourth, False)]
    assert plane.runs() == [DONE, WAITING, DONE, WAITS]
    assert first not in dict(slots(plane))


def test_limit_of_the_newest_run_holds_for_its_key(plane: Plane) -> None:
    made = keyed(plane)
    order(plane, *["acme"] * 3)
    version = new_id()
    schema = plane.tenant.schema
    plane.root.execute(
        f'INSERT INTO "{schema}".workflow_version (id, workflow_id, number, definition, checksum, published_at, published_by)'
        " SELECT %s, workflow_id, 2, jsonb_set(definition, '{concurrency,limit}', '3'), '', now(), 'test'"
        f' FROM "{schema}".workflow_version WHERE id = %s',
        version,
        made.version,
    )
    plane.root.execute(f'UPDATE "{schema}".workflow SET current_version_id = %s', version)
    order(plane, "acme")
    assert plane.runs() == [*[WAITING] * 3, WAITS]


BROKEN = {
    "null": (None, "INVALID_TEMPLATE", "to nothing"),
    "an object": ({"id": 1}, "INVALID_TEMPLATE", "to an object"),
    "a list": (["acme"], "INVALID_TEMPLATE", "to a list"),
    "too long": ("a" * 256, "BAD_USER_INPUT", "255"),
}


@pytest.mark.parametrize(("customer", "code", "words"), BROKEN.values(), ids=list(BROKEN))
def test_key_that_is_none_fails_its_run_alone(plane: Plane, customer: Any, code: str, words: str) -> None:
    keyed(plane)
    plane.send({"customer": "acme"}, {"customer": customer}, {"customer": "blue"}, {})
    plane.drain()
    assert plane.runs() == [WAITING, ("failed", code), WAITING, ("failed", "INVALID_TEMPLATE")]
    ((message,),) = plane.rows("SELECT error ->> 'message' FROM execution_run WHERE state = 'failed' LIMIT 1")
    assert words in message
    assert len(slots(plane)) == 2


def test_longest_key_is_taken(plane: Plane) -> None:
    keyed(plane)
    longest = "ä" * 255
    order(plane, longest, longest, "ä" * 254)
    assert [state for state, _ in plane.runs()] == ["waiting", "queued", "waiting"]
    assert plane.runs()[1][1] == naming("ä" * 119 + "…")


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("{{ event.payload.customer }}", "4111 1111 1111 1111", "[redacted]"),
        ("{{ event.payload.token }}", "opaque", "[redacted]"),
        ("{{ workflow.slug }}/{{ event.payload.customer }}", "acme", "one/acme"),
    ],
)
def test_key_is_shown_as_the_event_would_be(plane: Plane, key: str, value: str, shown: str) -> None:
    keyed(plane, key=key)
    plane.send(*[{"customer": value, "token": value}] * 2)
    plane.drain()
    assert plane.runs()[1] == ("queued", naming(shown))
    assert plane.rows("SELECT DISTINCT key FROM run_slot") == [(shown,)]
