"""Concurrency keys under racing workers: never more than the limit at once, and nobody who waits is forgotten."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from actors.relay.main import batches
from automate.kernel.tenancy import acting_for
from automate.runs import admission, writing
from automate.runs.concurrency import slots
from automate.runs.matching import match_events
from automate.runs.step_call import StepResult
from tests.support.facts import naming
from tests.support.keyed import keyed, runs_of
from tests.support.keyed import slots as places
from tests.support.plane import BEGIN, Plane, Root, Scripted, connectors, work_off
from tests.support.racing import race

LIMIT, RACERS, RUNS = 5, 16, 100
GIVE_UP_SECONDS = 120.0
"""Not so many turns: whoever has nothing to do takes thousands of them while a busy machine lets nobody work."""
TURNS = 25
"""Of the event loop: what a call takes."""


class Busy:
    """The other side: how many calls are under way for each customer, and the most that ever were."""

    def __init__(self) -> None:
        self.now: dict[Any, int] = {}
        self.most: dict[Any, int] = {}

    async def __call__(self, call: Any) -> Any:
        customer = call.input["customer"]
        self.now[customer] = self.now.get(customer, 0) + 1
        self.most[customer] = max(self.most.get(customer, 0), self.now[customer])
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self.now[customer] -= 1
        return {}


@pytest.fixture
def busy() -> Iterator[Busy]:
    made = Busy()
    with connectors(Scripted(acts=(made,), inline=False)):
        yield made


STEPS = [{"key": "a", "uses": "test.scripted", "with": {"customer": "{{ event.payload.customer }}"}}]


def race_to_the_end(plane: Plane) -> None:
    """Relays and workers, until no job is open."""

    give_up_at = time.monotonic() + GIVE_UP_SECONDS

    def act(_: int) -> None:
        while time.monotonic() < give_up_at:
            sent = plane.dispatch(window=8, room=1_000)
            for batch in batches(sent, 4):
                work_off(plane.tenant.id, [job.id for job in batch], BEGIN[batch[0].topic])
            if not sent and not open_jobs(plane):
                return
        raise AssertionError(f"who waits was forgotten: {plane.runs()}")

    assert [error for error in race(RACERS, act) if error is not None] == []


def open_jobs(plane: Plane) -> int:
    count: int = plane.root.value(
        "SELECT count(*) FROM public.outbox_job WHERE open AND tenant_id = %s", plane.tenant.id
    )
    return count


@contextmanager
def watching(plane: Plane, url: str) -> Iterator[list[int]]:
    """How many rows said that they hold a slot, looked at again and again by a session of its own."""
    root = Root(url)
    seen: list[int] = []
    over = threading.Event()

    def read_positions() -> None:
        while not over.is_set():
            seen.append(root.value(f'SELECT count(*) FROM "{plane.tenant.schema}".run_slot WHERE held'))

    thread = threading.Thread(target=read_positions)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
        root.connection.close()


def most_at_once(plane: Plane) -> int:
    """By the run log: its clock is read while the key is locked."""
    moves = plane.rows("SELECT from_state, to_state FROM run_log WHERE step_key = '' ORDER BY occurred_at, id")
    most = now = 0
    for from_state, to_state in moves:
        if (from_state, to_state) == ("queued", "running"):
            now += 1
        elif to_state in {"succeeded", "failed", "cancelled", "timed_out"} and from_state != "queued":
            now -= 1
        most = max(most, now)
    return most


@pytest.mark.slow
def test_racing_runs_never_pass_the_limit_and_all_run(plane: Plane, busy: Busy, database: Any) -> None:
    plane.root.execute("UPDATE public.budget SET \"limit\" = 1000 WHERE metric = 'concurrent_runs'")
    keyed(plane, STEPS, limit=LIMIT)
    plane.send(*[{"customer": "acme"}] * RUNS)
    with watching(plane, database.superuser_url) as seen:
        race_to_the_end(plane)
    assert plane.runs() == [("succeeded", "")] * RUNS
    assert places(plane) == []
    assert max(seen) == most_at_once(plane) == LIMIT
    assert 1 < busy.most["acme"] <= LIMIT
    assert {row[0] for row in plane.jobs()} == {"done"}
    assert plane.root.value("SELECT count(*) FROM public.outbox_job WHERE last_error IS NOT NULL") == 0


@pytest.mark.slow
def test_count_without_the_lock_passes_the_limit(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: who counts without the key's lock sees nobody, and starts."""
    assert held_by_racers(plane) == LIMIT
    counted = threading.Barrier(RACERS)
    monkeypatch.setattr(slots, "lock", lambda *_, **__: None)
    monkeypatch.setattr(admission.budgets, "admit", meeting(admission.budgets.admit, counted))
    plane.root.empty_queue()
    plane.root.execute(f'TRUNCATE "{plane.tenant.schema}".run_slot')
    assert held_by_racers(plane) == RACERS


def meeting(act: Callable[..., Any], barrier: threading.Barrier) -> Callable[..., Any]:
    def meet(*arguments: Any, **options: Any) -> Any:
        barrier.wait(timeout=30)
        return act(*arguments, **options)

    return meet


def held_by_racers(plane: Plane) -> int:
    """How many of as many runs as racers start at once, each made by a worker of its own."""
    if not plane.rows("SELECT 1 FROM workflow"):
        keyed(plane, STEPS, limit=LIMIT)
    plane.send(*[{"customer": "acme"}] * RACERS)
    jobs = plane.claim_all()

    def act(racer: int) -> None:
        with acting_for(plane.tenant):
            match_events(plane.run_set(), [jobs[racer]])

    with connectors(Scripted()):
        assert [error for error in race(RACERS, act) if error is not None] == []
    return sum(1 for _, held in places(plane) if held)


@pytest.mark.parametrize("strategy", ["cancel_newest", pytest.param("cancel_in_progress", marks=pytest.mark.slow)])
def test_racing_strategies_end_every_run_and_run_one_at_a_time(plane: Plane, busy: Busy, strategy: str) -> None:
    """Cancelling locks other workers' jobs; nobody may wait in a circle."""
    before = deadlocks(plane)
    keyed(plane, STEPS, strategy=strategy)
    plane.send(*[{"customer": n % 3} for n in range(120)])
    race_to_the_end(plane)
    states = [state for state, _ in plane.runs()]
    assert set(states) == {"succeeded", "cancelled"}
    assert len(states) == 120
    assert set(busy.most.values()) == {1}
    assert places(plane) == []
    assert deadlocks(plane) == before


def deadlocks(plane: Plane) -> int:
    """Told by sessions as they end."""
    count: int = plane.root.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return count


@pytest.mark.slow
def test_many_keys_run_side_by_side(plane: Plane, busy: Busy) -> None:
    plane.root.execute("UPDATE public.budget SET \"limit\" = 10000 WHERE metric = 'concurrent_runs'")
    keyed(plane, STEPS)
    plane.send(*[{"customer": n % 50} for n in range(150)])
    race_to_the_end(plane)
    assert plane.runs() == [("succeeded", "")] * 150
    assert busy.most == dict.fromkeys(range(50), 1)
    assert most_at_once(plane) > 1


@pytest.mark.parametrize("sabotaged", [False, True])
def test_end_of_the_holder_and_arrival_never_miss_each_other(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, *, sabotaged: bool
) -> None:
    """The holder ends after the other one has found the key taken, and before that is committed. Without the lock, the
    sabotaged twin, the end sees nobody who waits, and who waits is never woken.
    """
    scripted = Scripted()
    ended: list[threading.Thread] = []
    with connectors(scripted):
        keyed(plane, [{"key": "a", "uses": scripted.name}])
        plane.send({"customer": "acme"})
        run_set, jobs = plane.run_set(), plane.claim()
        with acting_for(plane.tenant):
            (call,) = match_events(run_set, jobs)
        if sabotaged:
            monkeypatch.setattr(slots, "lock", lambda *_, **__: None)

        def end() -> None:
            try:
                with acting_for(plane.tenant):
                    run_set.commit([run_set.settle(call.run, [StepResult(call, output={})])])
            finally:
                connections.close_all()

        def after_refusal() -> None:
            thread = threading.Thread(target=end)
            ended.append(thread)
            thread.start()
            blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'advisory'"
            while thread.is_alive() and not plane.root.value(blocked):
                plane.root.execute("SELECT pg_stat_clear_snapshot()")

        plane.send({"customer": "acme"})
        jobs = plane.claim()
        with monkeypatch.context() as patch, acting_for(plane.tenant):
            patch.setattr(
                writing.slots.claims, "read_positions", watched(writing.slots.claims.read_positions, after_refusal)
            )
            match_events(plane.run_set(), jobs)
        ended[0].join(30)
        plane.drain()
    second = ("queued", naming("acme")) if sabotaged else ("succeeded", "")
    assert plane.runs() == [("succeeded", ""), second]
    assert len(runs_of(plane)) == 2


def watched(read_positions: Callable[..., Any], after: Callable[[], None]) -> Callable[..., Any]:
    def found(run_ids: Any) -> Any:
        places = read_positions(run_ids)
        after()
        return places

    return found
