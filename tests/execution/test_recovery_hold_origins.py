"""A run goes on only when neither it nor its workflow nor its rule is paused, whoever paused and resumed what, and when."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.recovery import holds
from automate.recovery.controlling import pause_runs, resume_runs
from automate.triggers.services import run_workflow
from tests.support.plane import Plane, Scripted, connectors
from tests.support.racing import race
from tests.support.tenant_schedulers import Gate, a_scheduler, give

ROUNDS, RACERS = 8, 6
WAIT = [{"key": "a", "uses": "flow.delay", "with": {"seconds": 3_600}}]


def runs(plane: Plane) -> list[uuid.UUID]:
    return [run for (run,) in plane.rows("SELECT id FROM execution_run ORDER BY created_at, id")]


def waiting(plane: Plane, count: int) -> list[uuid.UUID]:
    plane.publish("wait", WAIT)
    plane.send(*[{}] * count)
    plane.drain()
    assert plane.run_states() == ["waiting"] * count
    return runs(plane)


def test_resumed_workflow_leaves_the_run_that_was_paused_by_itself(plane: Plane) -> None:
    mine, _ = waiting(plane, 2)
    with acting_for(plane.tenant):
        pause_runs([mine], "look first")
        holds.pause_workflow("wait", "all of it")
        holds.resume_workflow("wait")
    plane.drain()
    assert plane.run_states() == ["paused", "waiting"]
    assert plane.runs()[0] == ("paused", "look first")
    with acting_for(plane.tenant):
        resume_runs([mine], "seen")
    plane.drain()
    assert plane.run_states() == ["waiting", "waiting"]


def test_run_that_is_paused_after_its_workflow_stays_so(plane: Plane) -> None:
    (mine,) = waiting(plane, 1)
    with acting_for(plane.tenant):
        holds.pause_workflow("wait", "all of it")
        assert pause_runs([mine], "look first").errors == []
        holds.resume_workflow("wait")
    plane.drain()
    assert plane.runs() == [("paused", "look first")]


def test_resumed_run_waits_for_its_workflow(plane: Plane) -> None:
    (mine,) = waiting(plane, 1)
    with acting_for(plane.tenant):
        pause_runs([mine], "look first")
        holds.pause_workflow("wait", "all of it")
        assert resume_runs([mine], "seen").errors == []
    plane.drain()
    assert plane.run_states() == ["paused"]
    with acting_for(plane.tenant):
        holds.resume_workflow("wait")
    plane.drain()
    assert plane.run_states() == ["waiting"]


def test_run_that_is_resumed_before_its_call_ends_goes_on(plane: Plane) -> None:
    """The worker has heard of the pause and lets the call end; what it remembers of the pause is not to outlive it."""
    gate = Gate()
    with connectors(scripted := Scripted(acts=(gate, {}), inline=False)), a_scheduler() as scheduler:
        plane.publish("two", [{"key": key, "uses": scripted.name} for key in ("a", "b")])
        plane.send({})
        give(scheduler, plane)
        gate.await_calls(1)
        with acting_for(plane.tenant):
            pause_runs(runs(plane), "look first")
        scheduler.signal({job for (job,) in plane.root.rows("SELECT id FROM public.outbox_job WHERE signals <> 0")})
        plane.until(lambda: plane.root.value("SELECT count(*) FROM public.outbox_job WHERE signals <> 0") == 0)
        with acting_for(plane.tenant):
            resume_runs(runs(plane), "seen")
        gate.let_in()
        plane.until(lambda: plane.run_states() == ["succeeded"])


def test_worker_that_is_lost_before_the_pause_takes_no_pause_with_it(plane: Plane) -> None:
    with connectors(scripted := Scripted()):
        plane.publish("two", [{"key": key, "uses": scripted.name} for key in ("a", "b")])
        plane.send({})
        plane.start_and_die()
        with acting_for(plane.tenant):
            pause_runs(runs(plane), "look first")
        plane.root.execute("UPDATE public.outbox_job SET signals = 0")
        plane.drain()
    assert plane.run_states() == ["paused"]
    assert [key for key, *_ in plane.steps()] == ["a"]


def call(acts: Sequence[Callable[[], Any]], number: int) -> Any:
    return acts[number]()


@pytest.mark.slow
def test_run_that_is_made_as_its_workflow_is_paused_does_not_go_on(plane: Plane) -> None:
    """It is matched, or started by hand, at the time of the pause."""
    plane.publish("wait", WAIT)
    for _ in range(ROUNDS):
        plane.send({}, {})
        acts = [
            plane.drain,
            lambda: plane.by_ada(lambda: run_workflow(workflow="wait", payload={}, idempotency_key=None)),
            lambda: plane.by_ada(lambda: holds.pause_workflow("wait", "now")),
        ]
        assert [outcome for outcome in race(len(acts), partial(call, acts)) if outcome is not None] == []
        plane.pass_seconds(1)
        plane.drain()
        open_ones = {state for state in plane.run_states() if state not in {"paused", "queued"}}
        assert open_ones == set(), "a run goes on though its workflow is paused"
        plane.by_ada(lambda: holds.resume_workflow("wait"))
        plane.pass_seconds(1)
        plane.drain()
        assert set(plane.run_states()) == {"waiting"}, "whoever waits for the resumption was forgotten"


@pytest.mark.slow
def test_whoever_races_the_run_is_paused_only_where_something_holds_it(plane: Plane) -> None:
    (mine,) = waiting(plane, 1)
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    verbs: list[Callable[[], Any]] = [
        lambda: pause_runs([mine], "race"),
        lambda: resume_runs([mine], "race"),
        lambda: holds.pause_workflow("wait", "race"),
        lambda: holds.resume_workflow("wait"),
    ]
    met: set[str] = set()
    rounds = 0
    # What a seed draws may end in the same state many times over; both are to be met.
    while rounds < ROUNDS or (met != {"paused", "waiting"} and rounds < 20 * ROUNDS):
        rounds += 1
        acts: list[Callable[[], Any]] = [
            plane.drain,
            *(partial(plane.by_ada, chance.choice(verbs)) for _ in range(RACERS)),
        ]
        outcomes = race(len(acts), partial(call, acts))
        assert [outcome for outcome in outcomes if outcome is not None] == []
        plane.drain()
        ((state, held),) = plane.rows(
            "SELECT r.state, r.paused_at IS NOT NULL OR w.paused_at IS NOT NULL"
            " FROM execution_run r JOIN workflow w ON w.id = r.workflow_id"
        )
        assert (state == "paused") == held, (state, held)
        met.add(state)
    assert met == {"paused", "waiting"}, "the racers met"
