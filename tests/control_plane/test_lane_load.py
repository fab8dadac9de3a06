"""A lane that computes much has one thread while others have requests, and its share when it is alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from automate.kernel.errors import NormalizedError
from automate.project import pace as paces
from automate.project.fair_threads import FairThreads
from automate.project.lane_load import OTHERS_SECONDS, WINDOW_SECONDS, LaneLoad, Started
from automate.project.pace import TURNS_AT_ONCE, TURNS_PER_SECOND, Pace


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def job(clock: Clock, processor_seconds: float, lasted: float = 0.0) -> Started:
    return Started(lambda: processor_seconds, clock.now - lasted, 0.0)


def test_a_computing_lane_is_hot_while_others_ask(clock: Clock) -> None:
    load = LaneLoad(clock)
    load.arrived("a")
    load.ended("a", job(clock, 1.5))
    assert not load.is_hot("a", [])
    load.arrived("b")
    assert (load.is_hot("a", []), load.is_hot("b", [])) == (True, False)
    clock.now += OTHERS_SECONDS + 0.1
    assert not load.is_hot("a", [])


def test_heat_passes(clock: Clock) -> None:
    load = LaneLoad(clock)
    load.ended("a", job(clock, 2.0))
    clock.now += WINDOW_SECONDS
    load.arrived("b")
    assert not load.is_hot("a", [])


def test_running_jobs_count_as_far_as_they_are_recent(clock: Clock) -> None:
    load = LaneLoad(clock)
    load.arrived("b")
    assert load.is_hot("a", [job(clock, 0.6, lasted=1.0), job(clock, 0.6, lasted=1.0)])
    # Two minutes that waited for SQL nearly all the time.
    assert not load.is_hot("a", [job(clock, 3.0, lasted=120.0)])


def test_a_hot_lane_takes_one_thread_and_its_share_once_it_is_alone(clock: Clock) -> None:
    load = LaneLoad(clock)
    threads, begun, go = FairThreads(8, 100, "t", load), threading.Semaphore(0), threading.Event()

    def work() -> None:
        begun.release()
        assert go.wait(10)

    load.ended("a", job(clock, 50.0))
    load.arrived("b")
    jobs = [threads.submit("a", work) for _ in range(6)]
    assert begun.acquire(timeout=10)
    assert not begun.acquire(timeout=0.1)
    assert threads.waiting == 5
    clock.now += OTHERS_SECONDS + 60
    jobs.append(threads.submit("a", work))
    assert all(begun.acquire(timeout=10) for _ in range(3))
    go.set()
    for one in jobs:
        one.result(10)


def test_a_flood_of_one_address_waits_behind_itself() -> None:
    async def scenario() -> list[str]:
        pace, order = Pace(), list[str]()

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
        pace = Pace()
        tasks = [asyncio.ensure_future(pace.turn("a")) for _ in range(TURNS_AT_ONCE + 5)]
        ends = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        return [end.code for end in ends if isinstance(end, NormalizedError)]

    assert asyncio.run(scenario()) == ["UNAVAILABLE"] * 2


def test_clients_that_left_cost_no_turn() -> None:
    async def scenario() -> float:
        pace, loop = Pace(), asyncio.get_running_loop()
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
