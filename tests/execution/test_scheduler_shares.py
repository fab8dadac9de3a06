"""One tenant's work holds up another's for at most one pass, however slow its calls and however many."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from actors.connectors.base import Call
from actors.holding import QUEUE_JOBS, SMALL_JOBS
from actors.pinned import OVERTAKEN
from actors.tenant_queue import TenantQueue
from actors.tenant_scheduler import TenantScheduler
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give, in_thread, unlimited

SLOW = [{"key": "a", "uses": "test.slow"}]
QUICK = [{"key": "a", "uses": "test.quick"}]


def test_calls_under_way_hold_no_thread(planes: Callable[[int], list[Plane]]) -> None:
    busy, other = planes(2)
    gate = Gate()
    slow, quick = Scripted(name="test.slow", inline=False, acts=(gate,)), Scripted(name="test.quick", inline=False)
    with connectors(slow, quick), a_scheduler(threads=1) as scheduler:
        unlimited(busy)
        busy.publish("slow", SLOW)
        other.publish("quick", QUICK)
        busy.send(*[{}] * QUEUE_JOBS)
        give(scheduler, busy, busy.dispatch(window=QUEUE_JOBS))
        gate.await_calls(QUEUE_JOBS)
        other.send({})
        give(scheduler, other)
        other.until(lambda: other.runs() == [("succeeded", "")])
        assert busy.runs() == [("running", "")] * QUEUE_JOBS
        gate.let_in()
        assert scheduler.await_rest(SECONDS)
    assert busy.runs() == [("succeeded", "")] * QUEUE_JOBS


@pytest.mark.parametrize("jobs", [SMALL_JOBS, SMALL_JOBS + 2])
def test_each_tenant_queue_in_line_makes_one_pass_before_any_makes_a_second(
    planes: Callable[[int], list[Plane]], monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """Those that flood have more to do after each pass, and stand behind who came meanwhile. A small queue goes before large ones."""
    *floods, other = planes(4)
    passes: list[Any] = []
    first_is_in, go_on = threading.Event(), threading.Event()
    make_pass = TenantQueue.make_pass

    def noted(queue: TenantQueue) -> None:
        passes.append(queue.tenant_id)
        first_is_in.set()
        assert go_on.wait(SECONDS)
        make_pass(queue)

    monkeypatch.setattr(TenantQueue, "make_pass", noted)
    with connectors(Scripted(name="test.quick")), a_scheduler(threads=1) as scheduler:
        for plane in (*floods, other):
            plane.publish("many", [{**QUICK[0], "key": f"s{n}"} for n in range(4)])
        for plane in floods:
            plane.send(*[{}] * jobs)
        other.send({})
        due = other.dispatch()
        for plane in floods:
            give(scheduler, plane, due)
            assert first_is_in.wait(SECONDS)
        give(scheduler, other, due)
        go_on.set()
        assert scheduler.await_rest(SECONDS)
    ids = [plane.tenant.id for plane in floods]
    if jobs > SMALL_JOBS:
        assert passes[:2] == [ids[0], other.tenant.id]
        assert max(passes.index(tenant_id) for tenant_id in ids) <= 2 + OVERTAKEN
    else:
        assert passes[:4] == [*ids, other.tenant.id]
    between = [place for place, tenant_id in enumerate(passes) if tenant_id == other.tenant.id]
    assert all(later - earlier <= 4 for earlier, later in pairwise(between)), passes
    assert len(between) > 1


def test_tenant_has_at_most_one_thread(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes in during a pass waits for its end."""
    inside, most, make_pass = [0], [0], TenantQueue.make_pass
    entered, go_on = threading.Event(), threading.Event()

    def counted(queue: TenantQueue) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        entered.set()
        assert go_on.wait(SECONDS)
        make_pass(queue)
        inside[0] -= 1

    monkeypatch.setattr(TenantQueue, "make_pass", counted)
    with connectors(Scripted(name="test.quick", inline=False)), a_scheduler(threads=4) as scheduler:
        plane.publish("quick", QUICK)
        plane.send(*[{}] * 16)
        jobs = plane.dispatch()
        for job in jobs:
            give(scheduler, plane, [job])
        assert entered.wait(SECONDS)
        go_on.set()
        assert scheduler.await_rest(SECONDS)
    assert most == [1]
    assert plane.runs() == [("succeeded", "")] * 16


PROBES = 40
BACKLOG = 300
POLL_SECONDS = 0.005


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize("step_seconds", [0.05, 0.5])
def test_flood_delays_another_tenant_by_at_most_two_of_its_steps(
    planes: Callable[[int], list[Plane]], step_seconds: float
) -> None:
    """Measured: p95 from an event's acceptance to its first call, alone and beside a tenant whose backlog never ends."""
    flood, other = planes(2)
    begun: list[float] = []

    async def sleeps(_: Call) -> dict[str, Any]:
        await asyncio.sleep(step_seconds)
        return {}

    def begins(_: Call) -> dict[str, Any]:
        begun.append(time.monotonic())
        return {}

    slow = Scripted(name="test.slow", inline=False, acts=(sleeps,))
    quick = Scripted(name="test.quick", inline=False, acts=(begins,))
    over, dry = threading.Event(), threading.Event()
    with connectors(slow, quick), a_scheduler(threads=2) as scheduler:
        unlimited(flood)
        flood.publish("slow", SLOW)
        other.publish("quick", QUICK)
        threads = [in_thread(lambda: relay(scheduler, [flood, other], over))]
        try:
            alone = p95_of_delays(other, begun)
            threads.append(in_thread(lambda: keep_full(flood, dry)))
            flood.until(lambda: len(slow.calls) > QUEUE_JOBS)
            before = len(slow.calls)
            # A busy machine only adds to a delay: the criterion holds where one of three measurements meets it.
            beside = p95_of_delays(other, begun)
            for _ in range(2):
                if beside > alone + 2 * step_seconds:
                    beside = p95_of_delays(other, begun)
            assert len(slow.calls) >= before + QUEUE_JOBS, "the flood was none"
        finally:
            for event in (dry, over):
                event.set()
            for thread in threads:
                thread.join(SECONDS)
        scheduler.close()
        assert scheduler.await_rest(SECONDS)
    print(
        f"p95 of the start delay: {alone * 1000:.1f} ms alone, {beside * 1000:.1f} ms beside {step_seconds:g} s steps"
    )
    assert beside <= alone + 2 * step_seconds


def relay(scheduler: TenantScheduler, of: Sequence[Plane], over: threading.Event) -> None:
    while not over.wait(POLL_SECONDS):
        jobs = of[0].dispatch(window=80)
        for plane in of:
            give(scheduler, plane, jobs)


def keep_full(plane: Plane, dry: threading.Event) -> None:
    while not dry.wait(POLL_SECONDS):
        if [job[0] for job in plane.jobs()].count("pending") < BACKLOG:
            plane.send(*[{}] * 100)


def p95_of_delays(plane: Plane, begun: list[float]) -> float:
    delays = []
    for count in range(len(begun), len(begun) + PROBES):
        plane.send({})
        accepted = time.monotonic()
        plane.until(lambda count=count: len(begun) > count)  # type: ignore[misc]
        delays.append(begun[count] - accepted)
    return statistics.quantiles(delays, n=20)[-1]
