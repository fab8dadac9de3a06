"""A for_each whose worker is lost at some point of it, and a run that takes the place of one in which items failed."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.outbox.claims import RUN_ADVANCE
from automate.recovery import poison
from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import retry_runs
from automate.runs.matching import match_events
from automate.runs.step_call import StepCall, StepResult
from tests.support.facts import naming
from tests.support.for_each import AGAIN, begin, each, items, sent, whole
from tests.support.plane import Plane, Scripted, connectors, failing

ROWS = range(7)


def lost_after(plane: Plane, ends: int) -> list[StepCall]:
    """A worker that begins, commits the ends of so many items, and is lost. Returns the calls whose intents it committed
    and whose ends it did not.
    """
    run_set, jobs = plane.run_set(), plane.claim()
    with acting_for(plane.tenant):
        calls = match_events(run_set, jobs)
        for _ in range(ends):
            call = calls.pop(0)
            request: Any = call.request
            calls += run_set.commit([run_set.settle(call.run, [StepResult(call, output={"n": request["input"]["n"]})])])
    plane.root.expire_leases()
    return calls


@pytest.mark.parametrize("ends", range(7))
@pytest.mark.parametrize("effect", ["keyed", "idempotent"])
def test_lost_items_are_repeated_under_their_keys_and_no_others(plane: Plane, effect: str, ends: int) -> None:
    scripted = Scripted(effect, acts=(lambda call: {"n": call.input["n"]},))
    with connectors(scripted):
        begin(plane, scripted, ROWS, parallel=3)
        lost = lost_after(plane, ends)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert [result["output"]["n"] for result in whole(plane)[1]["items"]] == list(ROWS)
    keys = {call.input["n"]: call.idempotency_key for call in scripted.calls}
    assert sent(scripted) == list(range(ends, 7)), "what had ended is not called again"
    assert all(keys[call.step.item] == call.key for call in lost)
    tries = [row[0] for row in plane.rows("SELECT tries FROM effect ORDER BY item")]
    assert tries == [2 if item in {call.step.item for call in lost} else 1 for item in ROWS]


@pytest.mark.parametrize("ends", [0, 3, 6])
def test_lost_unsafe_items_wait_for_a_person_while_the_others_go_on(plane: Plane, ends: int) -> None:
    scripted = Scripted("unsafe")
    with connectors(scripted):
        begin(plane, scripted, ROWS, parallel=3)
        lost = lost_after(plane, ends)
        plane.drain()
        plane.pass_seconds(1_000)
        plane.drain()
    held = {call.step.item for call in lost}
    assert len(held) == min(3, 7 - ends)
    assert held.isdisjoint(sent(scripted))
    assert [row[2] for row in items(plane) if row[0] in held] == ["uncertain"] * len(held)
    assert plane.runs() == [("waiting", naming("uncertain"))]
    if len(held) == 3:
        assert scripted.calls == [], "they keep their places: no further item is begun"


def test_items_go_on_beside_one_that_waits_for_a_person(plane: Plane) -> None:
    scripted = Scripted(
        "unsafe", acts=(lambda call: failing("CONNECTOR_TIMEOUT", arrived=True) if call.input["n"] == 1 else {},)
    )
    with connectors(scripted):
        begin(plane, scripted, ROWS, parallel=2)
        plane.drain()
    assert sent(scripted) == list(ROWS)
    assert [row[2] for row in items(plane)] == ["succeeded", "uncertain", *["succeeded"] * 5]
    assert plane.runs() == [("waiting", naming("uncertain"))]


def test_worker_lost_twice_with_retries_due_counts_everything_once(plane: Plane) -> None:
    later = failing("CONNECTOR_TRANSIENT")
    scripted = Scripted(acts=(later, later, {}))
    with connectors(scripted):
        begin(plane, scripted, range(4), parallel=2, call=AGAIN)
        plane.drain()
        plane.pass_seconds(101)
        plane.start_and_die(RUN_ADVANCE)
        plane.start_and_die(RUN_ADVANCE)
        plane.drain()
    assert plane.runs() == [("succeeded", "")]
    assert whole(plane)[1]["succeeded"] == 4
    assert plane.rows("SELECT item, tries FROM effect ORDER BY item") == [(0, 4), (1, 4), (2, 1), (3, 1)]


def test_failures_counted_before_a_loss_count_after_it(plane: Plane) -> None:
    scripted = Scripted(acts=(failing("CONNECTOR_REFUSED"),))
    with connectors(scripted):
        begin(plane, scripted, ROWS, parallel=1, tolerate=2)
        run_set, jobs = plane.run_set(), plane.claim()
        with acting_for(plane.tenant):
            calls = match_events(run_set, jobs)
            for _ in range(2):
                error = NormalizedError("CONNECTOR_REFUSED", "No.")
                calls = run_set.commit([run_set.settle(calls[0].run, [StepResult(calls[0], error=error)])])
        plane.root.expire_leases()
        plane.drain()
    assert sent(scripted) == [2]
    assert plane.runs() == [("failed", "ITEMS_FAILED")]
    assert [error["item"] for error in whole(plane)[2]["details"]["first_errors"]] == [0, 1, 2]


def test_step_that_was_going_to_fail_fails_after_a_loss(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        begin(plane, scripted, ROWS, parallel=3)
        run_set, jobs = plane.run_set(), plane.claim()
        with acting_for(plane.tenant):
            call, *_ = match_events(run_set, jobs)
            error = NormalizedError("CONNECTOR_REFUSED", "No.")
            assert run_set.commit([run_set.settle(call.run, [StepResult(call, error=error)])]) == []
        plane.root.expire_leases()
        plane.drain()
    assert sent(scripted) == [1, 2], "what was under way is taken to its end, and nothing else is begun"
    assert plane.runs() == [("failed", "ITEMS_FAILED")]
    details = whole(plane)[2]["details"]
    assert (details["succeeded"], details["failed"], details["first_errors"][0]["item"]) == (2, 1, 0)


def repeat(plane: Plane) -> None:
    """Retry the latest run, which has failed."""
    ((run_id,),) = plane.rows("SELECT id FROM execution_run ORDER BY id DESC LIMIT 1")
    with acting_for(plane.tenant):
        assert retry_runs([run_id], RetryRequest()).errors == []


def test_run_that_takes_its_place_repeats_the_failed_items_only(plane: Plane) -> None:
    broken = {2, 5}
    scripted = Scripted(
        acts=(lambda call: failing("CONNECTOR_REFUSED") if call.input["n"] in broken else {"n": call.input["n"]},)
    )
    with connectors(scripted):
        begin(plane, scripted, ROWS, parallel=2, tolerate=1)
        plane.drain()
        assert plane.runs() == [("failed", "ITEMS_FAILED")]
        first = {call.input["n"]: call.idempotency_key for call in scripted.calls}
        broken.clear()
        scripted.calls.clear()
        repeat(plane)
        plane.drain()
    assert plane.runs() == [("failed", "ITEMS_FAILED"), ("succeeded", "")]
    assert sent(scripted) == [2, 5, 6], "and those that were never begun"
    assert all(first[n] == call.idempotency_key for call in scripted.calls if (n := call.input["n"]) in first)
    _, output, _ = whole(plane)
    assert [result["output"] for result in output["items"]] == [{"n": n} for n in ROWS]
    assert (output["succeeded"], output["failed"]) == (7, 0)


def test_failed_items_are_sent_as_they_were_recorded_and_the_list_stays_the_same(plane: Plane) -> None:
    scripted = Scripted(acts=(failing("CONNECTOR_REFUSED"),))
    with connectors(scripted):
        plane.publish(
            "one",
            [
                each(
                    scripted,
                    items=["a", "{{ run.id }}"],
                    call={"with": {"n": "{{ item.value }} in {{ run.id }}"}},
                    parallel=1,
                )
            ],
        )
        plane.send({})
        plane.drain()
        scripted.left.clear()
        scripted.left.append({})
        repeat(plane)
        plane.drain()
    old, new = (str(row[0]) for row in plane.rows("SELECT id FROM execution_run ORDER BY id"))
    assert sent(scripted) == [f"a in {old}", f"a in {old}", f"{old} in {new}"]
    assert plane.runs()[1] == ("succeeded", "")


def test_third_run_of_a_line_keeps_what_the_first_two_did(plane: Plane) -> None:
    broken = {1, 3}
    scripted = Scripted(acts=(lambda call: failing("CONNECTOR_REFUSED") if call.input["n"] in broken else {},))
    with connectors(scripted):
        begin(plane, scripted, range(5), parallel=1)
        plane.drain()
        broken.discard(1)
        repeat(plane)
        plane.drain()
        broken.clear()
        repeat(plane)
        plane.drain()
    assert sent(scripted) == [0, 1, 1, 2, 3, 3, 4]
    assert [state for state, _ in plane.runs()] == ["failed", "failed", "succeeded"]


def test_worker_that_is_lost_in_a_repeated_run_leaves_it_whole(plane: Plane) -> None:
    broken = {0, 1}
    scripted = Scripted(acts=(lambda call: failing("CONNECTOR_REFUSED") if call.input["n"] in broken else {},))
    with connectors(scripted):
        begin(plane, scripted, range(5), parallel=5, tolerate=1)
        plane.drain()
        scripted.calls.clear()
        broken.clear()
        repeat(plane)
        assert [call.step.item for call in plane.start_and_die(RUN_ADVANCE)] == [0, 1]
        plane.drain()
    assert sent(scripted) == [0, 1]
    assert plane.runs()[1] == ("succeeded", "")


def test_poison_run_is_redriven_with_its_items(plane: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        begin(plane, scripted, range(4), parallel=2)
        lost_after(plane, 1)
        while plane.jobs()[1][2] < 5:
            plane.start_and_die(RUN_ADVANCE)
        plane.drain()
        assert plane.runs() == [("failed", "POISON_JOB")]
        job = plane.root.value("SELECT id FROM public.outbox_job WHERE state = 'dead'")
        with acting_for(plane.tenant), acting_as(Principal(kind="operator", name="test")):
            poison.redrive([job])
        plane.drain()
    assert plane.runs()[1] == ("succeeded", "")
    assert sent(scripted) == [1, 2, 3]
