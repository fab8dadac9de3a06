"""A job that has lost two workers is done in a child: innocent suspects get their results, and the killer dies alone."""

from __future__ import annotations

import os
import signal
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from actors import quarantine
from actors.suspects import CROWD
from actors.tenant_queue import TRUSTED_ATTEMPTS
from actors.tenant_scheduler import TenantScheduler
from automate.outbox.claims import RUN_ADVANCE
from tests.support import deadly
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import a_scheduler

CHILD_SECONDS = 60.0
"""For a child to start and to do something."""
LOST = "UPDATE public.outbox_job SET attempts = %s WHERE tenant_id = %s AND open"


class Suspects:
    """Runs of one tenant that have lost two workers in the middle of their first call; ``killer`` is deadly."""

    def __init__(self, plane: Plane, told: Path, count: int, *, killer: int | None = None, steps: int = 1) -> None:
        self.plane, self.told = plane, told
        told.touch()
        given = {"n": "{{ event.payload.n }}", "die": "{{ event.payload.die }}", "told": str(told)}
        with connectors(Scripted(name=deadly.NAME)):
            plane.publish("one", [{"key": f"s{n}", "uses": deadly.NAME, "with": given} for n in range(steps)])
            plane.send(*({"n": n, "die": n == killer} for n in range(count)))
            assert len(plane.start_and_die()) == count
        assert plane.root.execute(LOST, TRUSTED_ATTEMPTS, plane.tenant.id) == count

    def give(self, scheduler: TenantScheduler) -> int:
        jobs = self.plane.dispatch(window=100)
        assert {job.topic for job in jobs} <= {RUN_ADVANCE}
        scheduler.take(self.plane.tenant.id, [job.id for job in jobs], deadly.take)
        return len(jobs)

    def lines(self) -> list[list[str]]:
        """Number, key and process of each call."""
        return [line.split() for line in self.told.read_text().splitlines()]

    def attempts(self) -> Counter[tuple[str, int]]:
        return Counter((state, attempts) for state, _, attempts in self.plane.jobs() if state != "done")


def await_change(scheduler: TenantScheduler, condition: Callable[[], bool]) -> None:
    with scheduler._changed:
        assert scheduler._changed.wait_for(condition, CHILD_SECONDS)


def at_rest(scheduler: TenantScheduler) -> None:
    await_change(scheduler, lambda: scheduler._at_rest() and not scheduler._suspects)


def await_calls(suspects: Suspects, count: int) -> None:
    for _ in range(int(CHILD_SECONDS / 5)):
        try:
            suspects.plane.until(lambda: len(suspects.lines()) >= count)
        except AssertionError:
            continue
        return
    raise AssertionError(f"{len(suspects.lines())} of {count} calls came")


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told"


@pytest.mark.slow
def test_innocent_suspect_gets_its_result_in_another_process(plane: Plane, told: Path) -> None:
    suspects = Suspects(plane, told, 1, steps=2)
    with a_scheduler() as scheduler:
        assert suspects.give(scheduler) == 1
        at_rest(scheduler)
    assert plane.runs() == [("succeeded", "")]
    ((_, first, process), (_, second, same)) = suspects.lines()
    assert process == same != str(os.getpid())
    assert first != second


def test_killer_in_a_crowd_dies_alone(plane: Plane, told: Path) -> None:
    """First with all, then by itself until its attempts are used up; who was with it is done by itself, too."""
    suspects = Suspects(plane, told, CROWD, killer=3)
    with a_scheduler() as scheduler:
        while suspects.give(scheduler):
            at_rest(scheduler)
            plane.root.pass_seconds(301)
    assert sorted(plane.runs()) == [("failed", "POISON_JOB")] + [("succeeded", "")] * (CROWD - 1)
    assert suspects.attempts() == {("dead", 5): 1}
    calls = Counter((number, key) for number, key, _ in suspects.lines())
    assert {number for number, _ in calls} == {str(n) for n in range(CROWD)}
    assert len(calls) == CROWD, "a call was repeated under another key"
    assert max(calls.values()) == 3
    last = {process for number, _, process in suspects.lines() if number == "3"}
    assert len(last) == 3, "the killer had a child for each of its attempts"


def test_step_that_committed_in_the_child_is_counted(plane: Plane, told: Path) -> None:
    """The job had one attempt left when its child was lost; but that child had committed a step."""
    suspects = Suspects(plane, told, 1, steps=2)
    plane.root.rows(LOST + " RETURNING 1", 4, plane.tenant.id)
    with a_scheduler() as scheduler, deadly.holding(told):
        suspects.give(scheduler)
        await_calls(suspects, 1)
        plane.root.execute("UPDATE public.outbox_job SET attempts = 0 WHERE tenant_id = %s AND open", plane.tenant.id)
        os.kill(int(suspects.lines()[0][2]), signal.SIGKILL)
        at_rest(scheduler)
    assert suspects.attempts() == {("pending", 0): 1}
    assert plane.runs() == [("running", "")]


def test_child_that_was_dead_before_blames_nobody(plane: Plane, told: Path) -> None:
    suspects = Suspects(plane, told, 2)
    with a_scheduler() as scheduler:
        (first, second) = plane.dispatch()
        scheduler.take(plane.tenant.id, [first.id], deadly.take)
        at_rest(scheduler)
        child = scheduler._quarantine._child
        assert child is not None
        child.process.kill()
        child.process.join()
        scheduler.take(plane.tenant.id, [second.id], deadly.take)
        at_rest(scheduler)
    assert plane.runs() == [("succeeded", "")] * 2
    assert len(suspects.lines()) == 2


@pytest.mark.slow
def test_frozen_child_is_killed_by_its_worker(plane: Plane, told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that keeps the interpreter lock, say: neither the child nor its leases end without help."""
    monkeypatch.setattr(quarantine, "SILENT_SECONDS", 2.0)
    suspects = Suspects(plane, told, 1)
    with a_scheduler() as scheduler, deadly.holding(told):
        suspects.give(scheduler)
        await_calls(suspects, 1)
        child = int(suspects.lines()[0][2])
        os.kill(child, signal.SIGSTOP)
        at_rest(scheduler)
    assert not psutil.pid_exists(child)
    assert suspects.attempts() == {("pending", TRUSTED_ATTEMPTS + 1): 1}


def test_suspect_that_waits_is_not_blamed_for_the_loss_of_its_worker(plane: Plane, told: Path) -> None:
    suspects = Suspects(plane, told, CROWD + 3)
    with a_scheduler() as scheduler:
        with deadly.holding(told):
            suspects.give(scheduler)
            await_calls(suspects, 1)
            assert suspects.attempts() == {("claimed", TRUSTED_ATTEMPTS): 3, ("claimed", TRUSTED_ATTEMPTS + 1): CROWD}
        at_rest(scheduler)
    assert plane.runs() == [("succeeded", "")] * (CROWD + 3)


def test_orderly_stop_hands_back_who_waits_and_ends_what_is_under_way(plane: Plane, told: Path) -> None:
    """At once, though the child is busy; and the child starts no further step."""
    suspects = Suspects(plane, told, CROWD + 3, steps=2)
    with a_scheduler() as scheduler:
        with deadly.holding(told):
            suspects.give(scheduler)
            await_calls(suspects, 1)
            scheduler.close()
            assert suspects.attempts() == {("pending", TRUSTED_ATTEMPTS): 3, ("claimed", TRUSTED_ATTEMPTS + 1): CROWD}
            assert len(scheduler.jobs()) == CROWD
        assert scheduler.await_rest(CHILD_SECONDS)
        assert scheduler.jobs() == []
    assert suspects.attempts() == {("pending", TRUSTED_ATTEMPTS): 3, ("pending", 0): CROWD}
    assert [state for _, _, state, _ in plane.steps()].count("succeeded") == CROWD
    begun = [number for number, _, _ in suspects.lines()]
    assert len(begun) == len(set(begun)) == CROWD


def test_suspects_are_done_eight_at_a_time_and_then_alone() -> None:
    from actors.suspects import batches_of_suspects
    from automate.outbox.jobs import ClaimedJob

    jobs = [ClaimedJob(uuid.uuid4(), uuid.uuid4(), 1, 3 + (n % 10 == 0), 5, "") for n in range(20)]
    assert [len(batch) for batch in batches_of_suspects(jobs)] == [8, 8, 2, 1, 1]
