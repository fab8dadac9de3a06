"""A lane that computes much pauses between its requests while others have requests, and has its share when it is alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from automate.kernel.errors import NormalizedError
from automate.serving import lane_load
from automate.serving.fair_threads import FairThreads
from automate.serving.lane_load import OTHERS_SECONDS, LaneLoad, Started
from automate.web import pace as paces
from automate.web.pace import TURNS_AT_ONCE, TURNS_PER_SECOND, ConnectionPace
from tests.support.stopped_clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def job(clock: Clock, processor_seconds: float, lasted: float = 0.0) -> Started:
    return Started(lambda: processor_seconds, clock.now - lasted, 0.0)


def test_a_computing_lane_pauses_while_others_ask(clock: Clock) -> None:
    load = LaneLoad(clock)
    load.arrived("a")
    load.ended("a", job(clock, 1.5))
    assert load.cools_in("a") == 0
    load.arrived("b")
    # 2 s * ln(1.5 / 1)
    assert load.cools_in("a") == pytest.approx(0.811, abs=0.001)
    assert load.cools_in("b") == 0
    clock.now += 0.82
    load.arrived("b")
    assert load.cools_in("a") == 0


def test_a_pause_ends_once_the_others_have_left(clock: Clock) -> None:
    load = LaneLoad(clock)
    load.arrived("b")
    load.ended("a", job(clock, 50.0))
    assert load.cools_in("a") == OTHERS_SECONDS
    clock.now += OTHERS_SECONDS
    assert load.cools_in("a") == 0


def test_running_jobs_count_as_far_as_they_are_recent(clock: Clock) -> None:
    load = LaneLoad(clock)
    load.arrived("b")
    assert load.cools_in("a", [job(clock, 0.6, lasted=1.0), job(clock, 0.6, lasted=1.0)]) > 0
    # Two minutes that waited for SQL nearly all the time.
    assert load.cools_in("a", [job(clock, 3.0, lasted=120.0)]) == 0


@pytest.mark.parametrize(("milliseconds", "others"), [(1.5, True), (40.0, True), (1.5, False)])
def test_short_and_long_jobs_use_half_of_a_core(clock: Clock, milliseconds: float, *, others: bool) -> None:
    """The whole core where no other lane has requests."""
    load, spent, end = LaneLoad(clock), 0.0, 1_030.0
    while clock.now < end:
        if others:
            load.arrived("b")
        if pause := load.cools_in("a"):
            clock.now += max(pause, 0.0001)
        else:
            clock.now += milliseconds / 1_000
            load.ended("a", job(clock, milliseconds / 1_000))
            spent += milliseconds / 1_000
    assert spent / 30 == pytest.approx(0.5 if others else 1.0, rel=0.1)


def test_a_hot_lane_waits_while_others_run_and_takes_its_share_once_it_is_alone(clock: Clock) -> None:
    load = LaneLoad(clock)
    threads, begun, go = FairThreads(8, 100, "t", load), threading.Semaphore(0), threading.Event()

    def work() -> None:
        begun.release()
        assert go.wait(10)

    load.ended("a", job(clock, 50.0))
    load.arrived("b")
    jobs = [threads.submit("a", work) for _ in range(6)]
    assert not begun.acquire(timeout=0.1)
    assert threads.submit("b", lambda: 7).result(10) == 7
    assert threads.waiting == 6
    clock.now += OTHERS_SECONDS + 60
    assert all(begun.acquire(timeout=10) for _ in range(4))
    go.set()
    for one in jobs:
        one.result(10)


def test_a_pausing_lane_begins_though_every_thread_is_always_busy(clock: Clock) -> None:
    load = LaneLoad(clock)
    threads, go = FairThreads(2, 100, "t", load), threading.Event()
    held = [threads.submit(lane, lambda: go.wait(10)) for lane in "bc"]
    load.ended("a", job(clock, 50.0))
    paused = threads.submit("a", lambda: 7)
    busy = [threads.submit("bc"[n % 2], lambda: None) for n in range(50)]
    clock.now += OTHERS_SECONDS + 60
    go.set()
    assert paused.result(10) == 7
    for one in [*held, *busy]:
        one.result(10)


def test_a_flood_of_one_address_waits_behind_itself() -> None:
    async def scenario() -> list[str]:
        pace, order = ConnectionPace(), list[str]()

        async def take(address: str) -> None:
            await pace.turn(address)
            order.append(address)

        flood = [asyncio.ensure_future(take("attacker")) for _ in range(TURNS_AT_ONCE + 100)]
        await asyncio.sleep(0)
        await asyncio.wait_for(take("other"), 10)
        for task in flood:
            task.cancel()
        await asyncio.gather(*flood, return_exceptions=True)
        return order

    order = asyncio.run(scenario())
    # Its turn comes before the rest of the flood: a few more were let in until the next tick.
    assert order[-1] == "other"
    assert len(order) <= TURNS_AT_ONCE + 1 + TURNS_PER_SECOND // 2


def test_a_full_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "MOST_WAITING", 3)

    async def scenario() -> list[str]:
        pace = ConnectionPace()
        tasks = [asyncio.ensure_future(pace.turn("a")) for _ in range(TURNS_AT_ONCE + 5)]
        ends = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        return [end.code for end in ends if isinstance(end, NormalizedError)]

    assert asyncio.run(scenario()) == ["UNAVAILABLE"] * 2


def test_clients_that_left_cost_no_turn() -> None:
    async def scenario() -> float:
        pace, loop = ConnectionPace(), asyncio.get_running_loop()
        tasks = [asyncio.ensure_future(pace.turn("a")) for _ in range(TURNS_AT_ONCE + 1_000)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        began = loop.time()
        await asyncio.wait_for(pace.turn("b"), 10)
        return loop.time() - began

    assert asyncio.run(scenario()) < 5


def test_threads_read_the_processor_time_of_others() -> None:
    found: list[float] = []

    def compute(until: Callable[[], bool]) -> None:
        while not until():
            pass

    started = threading.Event()
    stop = threading.Event()
    holder: list[Started] = []

    def run() -> None:
        holder.append(Started.now(threading.get_ident()))
        started.set()
        compute(stop.is_set)

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(10)
    while holder[0].clock() - holder[0].spent < 0.05:
        found.append(holder[0].clock())
    stop.set()
    thread.join()
    assert found == sorted(found)


def test_a_lane_of_long_jobs_runs_one_at_a_time_while_others_ask(clock: Clock) -> None:
    load = LaneLoad(clock)
    load.arrived("b")
    for _ in range(3):
        load.ended("long", job(clock, 0.02))
        load.ended("short", job(clock, 0.002))
    assert [(load.is_crowded(lane), load.is_long(lane)) for lane in ("long", "short")] == [(True, True), (True, False)]
    clock.now += OTHERS_SECONDS
    assert not load.is_crowded("long")


@pytest.mark.parametrize(("others", "running"), [(True, 2), (False, 4)])
def test_a_lane_gives_threads_back_while_others_ask(clock: Clock, *, others: bool, running: int) -> None:
    load = LaneLoad(clock)
    threads, begun, go = FairThreads(8, 100, "t", load, crowded_share=0.25), threading.Semaphore(0), threading.Event()

    def work() -> None:
        begun.release()
        assert go.wait(10)

    if others:
        assert threads.submit("b", lambda: 7).result(10) == 7
    jobs = [threads.submit("a", work) for _ in range(6)]
    for _ in range(running):
        assert begun.acquire(timeout=10)
    assert threads.waiting == 6 - running
    go.set()
    for one in jobs:
        one.result(10)


@pytest.mark.parametrize("others", [True, False])
def test_long_jobs_leave_the_other_threads_to_others(*, others: bool) -> None:
    load = LaneLoad()
    load._spent.put("long", lane_load._Spent(0.0, 0.0, 1.0))
    threads, running, release = FairThreads(4, 20, "test", load), threading.Semaphore(0), threading.Event()

    def work() -> None:
        running.release()
        release.wait(10)

    if others:
        threads.submit("other", lambda: None).result(10)
    jobs = [threads.submit("long", work) for _ in range(4)]
    assert running.acquire(timeout=10)
    assert running.acquire(timeout=0.3) is not others
    release.set()
    for one in jobs:
        one.result(10)
