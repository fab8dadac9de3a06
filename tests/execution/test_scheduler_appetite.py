"""A worker process takes from Redis what its threads can begin soon, and leaves the rest to idle processes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from actors import tenant_queue
from actors.broker import Appetite
from actors.tenant_queue import TenantQueue
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, a_scheduler, give

STEP = [{"key": "a", "uses": "test.scripted"}]


def test_process_with_a_tenant_that_waits_is_not_idle(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = planes(2)
    inside, go_on, make_pass = threading.Event(), threading.Event(), TenantQueue.make_pass

    def held(queue: TenantQueue) -> None:
        inside.set()
        assert go_on.wait(SECONDS)
        make_pass(queue)

    monkeypatch.setattr(TenantQueue, "make_pass", held)
    with connectors(Scripted()), a_scheduler(threads=1) as scheduler:
        for plane in (first, second):
            plane.publish("one", STEP)
            plane.send({})
        assert scheduler.appetite() == Appetite(large=1, idle=True, busy=[])
        due = first.dispatch()
        give(scheduler, first, due)
        assert inside.wait(SECONDS)
        assert scheduler.appetite() == Appetite(large=1, idle=False, busy=[first.tenant.id.hex])
        give(scheduler, second, due)
        ids = [plane.tenant.id.hex for plane in (first, second)]
        assert scheduler.appetite() == Appetite(large=0, idle=False, busy=ids)
        go_on.set()
        assert scheduler.await_rest(SECONDS)


def passes_of_a_run(plane: Plane, monkeypatch: pytest.MonkeyPatch, steps: int) -> int:
    passes, make_pass = [0], TenantQueue.make_pass

    def counted(queue: TenantQueue) -> None:
        passes[0] += 1
        make_pass(queue)

    monkeypatch.setattr(TenantQueue, "make_pass", counted)
    with connectors(Scripted()), a_scheduler(threads=1) as scheduler:
        plane.publish("many", [{**STEP[0], "key": f"s{number}"} for number in range(steps)])
        plane.send({})
        give(scheduler, plane)
        plane.until(lambda: plane.runs() == [("succeeded", "")])
        assert scheduler.await_rest(SECONDS)
    return passes[0]


def test_results_of_inline_connectors_are_recorded_in_the_same_pass(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_queue, "INLINE_SECONDS", SECONDS)
    assert passes_of_a_run(plane, monkeypatch, 3) == 1


def test_pass_that_has_taken_long_leaves_further_ones_to_the_next(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_queue, "INLINE_SECONDS", 0.0)
    assert passes_of_a_run(plane, monkeypatch, 3) == 2
