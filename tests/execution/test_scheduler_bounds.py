"""A process claims so much of one tenant's and so much of all, and never more; what is above waits unclaimed."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.conf import settings

from actors import holding
from actors.tenant_scheduler import TenantScheduler
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob, DispatchedJob
from tests.support.plane import Plane, Root, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give, in_thread

STEP = [{"key": "a", "uses": "test.scripted"}]
CLAIMED = "SELECT count(*) FROM public.outbox_job WHERE state = 'claimed'"


class Watched:
    """The claims of all, and how many jobs were held right after each."""

    def __init__(self, root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held: list[int] = []
        claim, lock = claims.claim, threading.Lock()

        def watched(*given: Any, **options: Any) -> list[ClaimedJob]:
            with lock:
                jobs = claim(*given, **options)
                self.held.append(root.value(CLAIMED))
            return jobs

        monkeypatch.setattr(claims, "claim", watched)


class Door:
    """Where a tenant scheduler's ``take`` waits. shut: set when somebody found no room."""

    def __init__(self, scheduler: TenantScheduler) -> None:
        self.shut = threading.Event()
        wait_for = scheduler._changed.wait_for

        def noted(condition: Callable[[], bool], timeout: float | None = None) -> bool:
            if not condition():
                self.shut.set()
            return wait_for(condition, timeout)

        scheduler._changed.wait_for = noted  # type: ignore[method-assign,assignment]


def one_by_one(scheduler: TenantScheduler, plane: Plane, jobs: Sequence[DispatchedJob]) -> Callable[[], None]:
    def act() -> None:
        for job in jobs:
            give(scheduler, plane, [job])

    return act


def test_tenant_queue_claims_as_others_of_its_jobs_end(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "QUEUE_JOBS", 4)
    gate, watched = Gate(), Watched(plane.root, monkeypatch)
    with connectors(Scripted(inline=False, acts=(gate,))), a_scheduler() as scheduler:
        plane.publish("one", STEP)
        plane.send(*[{}] * 10)
        give(scheduler, plane)
        gate.await_calls(4)
        plane.until(lambda: scheduler._queues[plane.tenant.id].doing is holding.Doing.RESTING)
        assert [job[0] for job in plane.jobs()].count("dispatched") == 6
        for came in range(5, 11):
            gate.let_in(1)
            gate.await_calls(came)
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert max(watched.held) == 4
    assert plane.runs() == [("succeeded", "")] * 10


@pytest.mark.slow
def test_process_takes_nothing_above_its_bound(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before the first of them is claimed: what is reserved is as good as held."""
    monkeypatch.setattr(holding, "PROCESS_JOBS", 3)
    five = planes(5)
    gate, watched, taken = Gate(), Watched(five[0].root, monkeypatch), list[uuid.UUID]()
    with connectors(Scripted(inline=False, acts=(gate,))), a_scheduler(threads=2) as scheduler:
        door, go_on = Door(scheduler), threading.Event()
        for thread in range(2):
            scheduler._passes.submit(thread, partial(go_on.wait, SECONDS))
        for plane in five:
            plane.publish("one", STEP)
            plane.send(*[{}] * 3)
        jobs = five[0].dispatch()

        def take_all() -> None:
            for plane in five:
                for job in jobs:
                    taken.extend(given.id for given in give(scheduler, plane, [job]))

        taking = in_thread(take_all)
        assert door.shut.wait(SECONDS)
        assert len(taken) == 9
        go_on.set()
        gate.await_calls(3)
        assert len(taken) == 9
        for plane in five:
            plane.until(lambda plane=plane: gate.let_in(1) or plane.runs() == [("succeeded", "")] * 3)  # type: ignore[misc]
        taking.join(SECONDS)
        assert scheduler.await_rest(SECONDS)
    assert max(watched.held) == 3


def test_full_tenant_queues_starve_no_newcomer(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has more to claim than it may, and claims no more than its share while somebody waits."""
    monkeypatch.setattr(holding, "QUEUE_JOBS", 2)
    monkeypatch.setattr(holding, "PROCESS_JOBS", 4)
    *floods, other = planes(4)
    gate, quick, watched = Gate(), Scripted(name="test.quick"), Watched(other.root, monkeypatch)
    with connectors(Scripted(inline=False, acts=(gate,)), quick), a_scheduler() as scheduler:
        door = Door(scheduler)
        for plane in floods:
            plane.publish("one", STEP)
            plane.send(*[{}] * 9)
        other.publish("one", [{"key": "a", "uses": "test.quick"}])
        other.send({})
        jobs = other.dispatch()
        for came, plane in zip((2, 3, 4), floods, strict=True):
            give(scheduler, plane, jobs)
            gate.await_calls(came)
        taking = in_thread(lambda: give(scheduler, other, jobs))
        assert door.shut.wait(SECONDS)
        gate.let_in(1)
        other.until(lambda: other.runs() == [("succeeded", "")])
        taking.join(SECONDS)
        scheduler.close()
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert max(watched.held) == 4


def test_message_above_the_bound_is_taken_by_a_process_that_holds_nothing(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "PROCESS_JOBS", 2)
    with connectors(Scripted()), a_scheduler() as scheduler:
        plane.publish("one", STEP)
        plane.send({}, {}, {})
        give(scheduler, plane)
        assert scheduler.await_rest(SECONDS)
    assert plane.runs() == [("succeeded", "")] * 3


def test_backlog_of_one_tenant_queue_leaves_the_room_of_others(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a full tenant queue was named counts no more than what it may hold."""
    monkeypatch.setattr(holding, "QUEUE_JOBS", 2)
    monkeypatch.setattr(holding, "PROCESS_JOBS", 8)
    busy, other = planes(2)
    gate, quick = Gate(), Scripted(name="test.quick")
    with connectors(Scripted(inline=False, acts=(gate,)), quick), a_scheduler() as scheduler:
        busy.publish("one", STEP)
        other.publish("one", [{"key": "a", "uses": "test.quick"}])
        busy.send(*[{}] * 8)
        other.send({}, {})
        jobs = busy.dispatch()
        one_by_one(scheduler, busy, jobs)()
        gate.await_calls(2)
        one_by_one(scheduler, other, jobs)()
        other.until(lambda: other.runs() == [("succeeded", "")] * 2)
        gate.let_in()
        gate.await_calls(4)
        scheduler.close()
        gate.let_in()
        assert scheduler.await_rest(SECONDS)


def test_close_wakes_who_waits_for_room_and_hands_its_jobs_back(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "PROCESS_JOBS", 1)
    busy, other = planes(2)
    gate = Gate()
    with connectors(Scripted(inline=False, acts=(gate,))), a_scheduler() as scheduler:
        door = Door(scheduler)
        for plane in (busy, other):
            plane.publish("one", STEP)
            plane.send({})
        jobs = busy.dispatch()
        give(scheduler, busy, jobs)
        gate.await_calls(1)
        taking = in_thread(lambda: give(scheduler, other, jobs))
        assert door.shut.wait(SECONDS)
        scheduler.close()
        taking.join(SECONDS)
        assert not taking.is_alive()
        assert [(state, attempts) for state, _, attempts in other.jobs()] == [("pending", 0)]
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert (busy.runs(), other.runs()) == ([("succeeded", "")], [])


class Sets(list[tuple[uuid.UUID, int]]):
    """The tenant and the number of jobs of each claim that named some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        claim = claims.claim

        def noted(tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID], **options: Any) -> list[ClaimedJob]:
            self.append((tenant_id, len(job_ids)))
            return claim(tenant_id, job_ids, **options)

        monkeypatch.setattr(claims, "claim", noted)


def sets_beside_another(planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Of a tenant with ten jobs and one with a single job, on one thread that both wait for."""
    busy, other = planes(2)
    sets, go_on = Sets(monkeypatch), threading.Event()
    # Otherwise the single job would go first.
    monkeypatch.setattr(holding, "SMALL_JOBS", 0)
    with connectors(Scripted()), a_scheduler() as scheduler:
        scheduler._passes.submit(0, partial(go_on.wait, SECONDS))
        for plane, events in ((busy, 10), (other, 1)):
            plane.publish("one", STEP)
            plane.send(*[{}] * events)
        jobs = busy.dispatch()
        give(scheduler, busy, jobs)
        give(scheduler, other, jobs)
        go_on.set()
        assert scheduler.await_rest(SECONDS)
    assert (len(busy.runs()), len(other.runs())) == (10, 1)
    return [("busy" if tenant_id == busy.tenant.id else "other", number) for tenant_id, number in sets]


def test_pass_is_short_while_another_tenant_waits(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "RELAY_BATCH_JOBS", 4)
    assert sets_beside_another(planes, monkeypatch)[:2] == [("busy", 4), ("other", 1)]


def test_twin_with_passes_of_any_length_lets_the_other_wait(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the test above can fail."""
    monkeypatch.setattr(settings, "RELAY_BATCH_JOBS", holding.QUEUE_JOBS)
    assert sets_beside_another(planes, monkeypatch) == [("busy", 10), ("other", 1)]
