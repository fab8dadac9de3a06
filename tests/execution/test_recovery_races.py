"""Cancel, end, pause, resume and retry at once: one of them wins, and the history that is left is legal."""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery.controlling import cancel_runs, pause_runs, resume_runs
from automate.recovery.plans import RetryRequest
from automate.recovery.retrying import retry_runs
from automate.runs import states
from automate.triggers.services import run_workflow
from tests.support.plane import Plane, Scripted, connectors
from tests.support.racing import racers

RACERS, ROUNDS = 16, 100
LED_ROUNDS, LED_SECONDS = 8, 30


def legal(plane: Plane) -> None:
    """Each run's log is a walk through the table of its machine, ends where the run is, and so is each attempt's."""
    moves: dict[tuple[uuid.UUID, uuid.UUID | None], list[tuple[str, str]]] = {}
    for run, step, before, after in plane.rows("SELECT run_id, step_id, from_state, to_state FROM run_log ORDER BY id"):
        moves.setdefault((run, step), []).append((before, after))
    now = dict(plane.rows("SELECT id, state FROM execution_run"))
    for (run, step), walk in moves.items():
        table = states.RUN_MOVES if step is None else states.STEP_MOVES
        assert walk[0][0] == "", walk
        for (_, reached), (left, to) in itertools.pairwise(walk):
            assert reached == left, walk
            assert to in table[left], walk
        if step is None:
            assert walk[-1][1] == now[run], walk


def one_at_a_time(plane: Plane) -> None:
    """Of a line of retries, each is born after the one before it has ended."""
    lines: dict[uuid.UUID, list[tuple[int, int]]] = {}
    for origin, born, ended in plane.rows(
        "SELECT r.origin_id, min(l.id), max(l.id) FROM execution_run r JOIN run_log l ON l.run_id = r.id"
        " AND l.step_id IS NULL GROUP BY r.id, r.origin_id ORDER BY min(l.id)"
    ):
        lines.setdefault(origin, []).append((born, ended))
    for line in lines.values():
        for (_, ended), (born, _) in itertools.pairwise(line):
            assert ended < born, line


@pytest.mark.slow
def test_cancel_end_and_retry_race_to_one_legal_end(plane: Plane) -> None:
    """Each round: one run is queued; of the racers some work, some cancel, pause and resume, and some retry it.

    Who of them comes first is chance, and a loaded machine may have it the same way every time. So in some rounds one
    ends the run, and the others, somebody who retries it among them, begin on its signal that it has.
    """
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    with connectors(scripted := Scripted(effect="idempotent")), racers(RACERS) as once:
        steps = [{"key": "a", "uses": scripted.name}, {"key": "b", "uses": scripted.name}]
        plane.publish("two", steps, when=False)
        for leader in [None] * ROUNDS + [one_works, one_cancels] * LED_ROUNDS:
            with acting_for(plane.tenant):
                run = run_workflow(workflow="two", payload={}, idempotency_key=None)
            acts = [one_of(plane, run, chance.random()) for _ in range(RACERS)]
            if leader is not None:
                acts = led([partial(leader, plane, run), partial(one_retries, plane, run), *acts[2:]])
            outcomes = once(partial(call, acts))
            faults = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
            assert faults == []
        settle(plane)
    legal(plane)
    one_at_a_time(plane)
    ends = plane.rows("SELECT state, retry_of_id IS NOT NULL FROM execution_run")
    assert {("succeeded", False), ("cancelled", False), ("succeeded", True)} <= set(ends), "the racers met"
    assert {state for state, _ in plane.runs()} <= {"succeeded", "cancelled"}
    assert plane.root.value("SELECT count(*) FROM public.budget_slot WHERE tenant_id = %s", plane.tenant.id) == 0


def call(acts: Sequence[Callable[[], Any]], number: int) -> Any:
    return acts[number]()


def led(acts: Sequence[Callable[[], Any]]) -> list[Callable[[], Any]]:
    """The first, and the others at once when it is done."""
    done = threading.Event()

    def lead() -> Any:
        try:
            return acts[0]()
        finally:
            done.set()

    def follow(act: Callable[[], Any]) -> Any:
        assert done.wait(LED_SECONDS), "nobody led"
        return act()

    return [lead, *(partial(follow, act) for act in acts[1:])]


def one_of(plane: Plane, run: uuid.UUID, chance: float) -> Callable[[], Any]:
    if chance < 0.4:
        return partial(plane.work, most=2)
    if chance < 0.6:
        return partial(one_cancels, plane, run)
    if chance < 0.7:
        return by_ada(plane, partial(pause_runs, [run], "race"))
    if chance < 0.8:
        return by_ada(plane, partial(resume_runs, [run], "race"))
    return partial(one_retries, plane, run)


def by_ada(plane: Plane, act: Callable[[], Any]) -> Callable[[], Any]:
    def by() -> Any:
        with acting_for(plane.tenant), acting_as(Principal(kind="member", name="ada")):
            return act()

    return by


def one_works(plane: Plane, run: uuid.UUID) -> None:
    """Until it has ended."""
    plane.drain()
    assert plane.rows("SELECT state FROM execution_run WHERE id = %s", run) == [("succeeded",)]


def one_cancels(plane: Plane, run: uuid.UUID) -> Any:
    return by_ada(plane, partial(cancel_runs, [run], "race"))()


def one_retries(plane: Plane, run: uuid.UUID) -> Any:
    return by_ada(plane, partial(retry_runs, [run], RetryRequest(begin="START")))()


def settle(plane: Plane) -> None:
    paused = [run for (run,) in plane.rows("SELECT id FROM execution_run WHERE state = 'paused'")]
    for part in (paused[place : place + 100] for place in range(0, len(paused), 100)):
        with acting_for(plane.tenant):
            resume_runs(part, "the race is over")
    plane.root.expire_leases()
    plane.root.execute("UPDATE public.outbox_job SET dispatched_at = now() - interval '1 hour' WHERE open")
    plane.drain(1000)
