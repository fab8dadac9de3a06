"""A lane of web holds at most its share of the threads and of the line, whatever it sends."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from automate.serving import fair_threads
from automate.serving.fair_threads import UNKNOWN, FairThreads

SECONDS = 10.0


class Held:
    """Work that waits until the test lets it go. begun: the names of what has begun, in order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = threading.Event()
        self._changed = threading.Condition()

    def work(self, name: str) -> Callable[[], str]:
        def run() -> str:
            with self._changed:
                self.begun.append(name)
                self._changed.notify_all()
            assert self.go.wait(SECONDS)
            return name

        return run

    def await_begun(self, count: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.begun) >= count, SECONDS), self.begun
        return list(self.begun)


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held()
    yield made
    made.go.set()


def codes(submit: Callable[[], Future[Any]], count: int) -> list[str]:
    found = []
    for _ in range(count):
        try:
            submit()
        except NormalizedError as refusal:
            found.append(refusal.code)
    return found


def test_a_lane_holds_half_of_the_threads_and_others_run_at_once(held: Held) -> None:
    threads = FairThreads(4, 100, "t")
    for n in range(8):
        threads.submit("a", held.work(f"a{n}"))
    threads.submit("b", held.work("b0"))
    threads.submit("c", held.work("c0"))
    assert sorted(held.await_begun(4)) == ["a0", "a1", "b0", "c0"]
    assert threads.waiting == 6


def test_without_shares_one_lane_holds_every_thread(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin of the test above."""
    monkeypatch.setattr(fair_threads, "SHARE", 1.0)
    threads = FairThreads(4, 100, "t")
    for n in range(8):
        threads.submit("a", held.work(f"a{n}"))
    assert sorted(held.await_begun(4)) == ["a0", "a1", "a2", "a3"]
    threads.submit("b", held.work("b0"))
    assert threads.waiting == 5


def test_unknown_callers_hold_a_quarter(held: Held) -> None:
    threads = FairThreads(8, 100, "t")
    for n in range(8):
        threads.submit(UNKNOWN, held.work(f"u{n}"))
        threads.submit("a", held.work(f"a{n}"))
    threads.submit("b", held.work("b0"))
    assert sorted(held.await_begun(7)) == ["a0", "a1", "a2", "a3", "b0", "u0", "u1"]


def test_lanes_take_turns_and_a_lane_keeps_its_order() -> None:
    threads, order, go = FairThreads(1, 100, "t"), list[str](), threading.Event()
    threads.submit("first", lambda: go.wait(SECONDS))
    jobs = [threads.submit(lane, lambda name=f"{lane}{n}": order.append(name)) for lane in "abc" for n in range(3)]  # type: ignore[misc]
    go.set()
    for job in jobs:
        job.result(SECONDS)
    assert order == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]


def test_full_lines_refuse_with_codes(held: Held) -> None:
    threads = FairThreads(2, 8, "t")
    for running, lane in enumerate("ab", start=1):
        threads.submit(lane, held.work(lane))
        held.await_begun(running)
    assert codes(lambda: threads.submit("a", held.work("a")), 7) == ["RATE_LIMITED"] * 3
    assert codes(lambda: threads.submit("b", held.work("b")), 7) == ["UNAVAILABLE"] * 3
    with pytest.raises(NormalizedError) as refusal:
        threads.submit("c", held.work("c"))
    assert (refusal.value.code, refusal.value.details) == ("UNAVAILABLE", {"retry_after_seconds": 1})


def test_cancelled_jobs_leave_their_places(held: Held) -> None:
    threads = FairThreads(2, 8, "t")
    first = threads.submit("a", held.work("a0"))
    held.await_begun(1)
    waiting = [threads.submit("a", held.work(f"a{n}")) for n in range(1, 5)]
    assert all(job.cancel() for job in waiting)
    assert (threads.waiting, first.cancel()) == (0, False)
    last = threads.submit("a", held.work("last"))
    held.go.set()
    assert (first.result(SECONDS), last.result(SECONDS), held.begun) == ("a0", "last", ["a0", "last"])


def test_faults_reach_their_callers_and_the_thread_works_on() -> None:
    threads = FairThreads(1, 8, "t")
    with pytest.raises(ZeroDivisionError):
        threads.submit("a", lambda: 1 // 0).result(SECONDS)
    assert threads.submit("a", lambda: 7).result(SECONDS) == 7


def test_ended_lanes_leave_nothing_behind() -> None:
    threads = FairThreads(4, 5_000, "t")
    jobs = [threads.submit(f"lane {n}", lambda: None) for n in range(2_000)]
    for job in jobs:
        job.result(SECONDS)
    # The last result is there shortly before its thread has tidied up.
    threads._executor.shutdown()
    assert (threads.waiting, threads._lanes, len(threads._queue)) == (0, {}, 0)


def test_caller_gets_the_outcome_after_the_thread_has_tidied_up() -> None:
    """The caller needs Python's lock to go on, and the thread releases this lock when it waits for its next job."""
    threads = FairThreads(4, 100, "t")
    seen = list[tuple[int, int]]()
    for number in range(20):
        # It runs in the thread of the job, when the outcome is published.
        job = threads.submit(
            f"lane {number}", lambda: None, lambda _job: seen.append((len(threads._lanes), threads._workers))
        )
        job.result(SECONDS)
        until(lambda number=number: len(seen) == number + 1)  # type: ignore[misc]
    assert seen == [(0, 0)] * 20


def test_outcome_does_not_wait_for_the_end_of_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = FairThreads(1, 100, "t")
    outcome = threading.Event()
    monkeypatch.setattr(threads._load, "cools_in", lambda lane, _running=(): 30.0 if lane == "hot" else 0.0)
    go = threading.Event()
    threads.submit("a", lambda: go.wait(SECONDS), lambda _job: outcome.set())
    threads.submit("hot", lambda: None)
    go.set()
    assert outcome.wait(SECONDS)


class Late:
    """An executor whose threads start when the test says so."""

    def __init__(self) -> None:
        self.called: list[Callable[[], None]] = []

    def submit(self, work: Callable[[], None]) -> None:
        self.called.append(work)


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_threads_are_called_one_after_the_other(held: Held) -> None:
    """Each calls the next one once it has its job: threads that come together only wait for Python's lock."""
    threads, late = FairThreads(8, 100, "t"), Late()
    threads._executor = late  # type: ignore[assignment]
    for lane in "abc":
        threads.submit(lane, held.work(lane))
    for running in (1, 2, 3):
        assert len(late.called) == running
        threading.Thread(target=late.called[-1], daemon=True).start()
        assert held.await_begun(running) == list("abc")[:running]
    assert len(late.called) == 3


def test_thread_that_ended_last_takes_the_next_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fair_threads, "LINGER_SECONDS", 2.0)
    threads, both = FairThreads(8, 100, "t"), threading.Barrier(2)
    first, second = threading.Event(), threading.Event()

    def work(go: threading.Event) -> int:
        both.wait(SECONDS)
        assert go.wait(SECONDS)
        return threading.get_ident()

    jobs = [threads.submit("a", partial(work, go)) for go in (first, second)]
    second.set()
    jobs[1].result(SECONDS)
    until(lambda: len(threads._parked) == 1)
    first.set()
    warm = jobs[0].result(SECONDS)
    until(lambda: len(threads._parked) == 2)
    assert threads.submit("a", threading.get_ident).result(SECONDS) == warm


def test_thread_without_a_job_goes_back_and_comes_again() -> None:
    threads = FairThreads(2, 100, "t")
    threads.submit("a", lambda: None).result(SECONDS)
    until(lambda: threads._parked)
    until(lambda: not threads._parked)
    assert threads.submit("a", lambda: 7).result(SECONDS) == 7


class Large:
    """Stands for a request with its body, and for an answer."""


def outlives(threads: FairThreads, *, fails: bool) -> bool:
    """Whether anything of a job is still there once its caller has let go of it, with no help from the collector."""
    large, answer = Large(), Large()
    kept = [weakref.ref(large), weakref.ref(answer)]

    def work(_body: Large, answer: Large) -> Large:
        if fails:
            raise NormalizedError("BAD_REQUEST", "no")
        return answer

    future = threads.submit("a", partial(work, large, answer))
    assert isinstance(future.exception(SECONDS), NormalizedError) is fails
    del future, large, answer, work
    deadline = time.monotonic() + 1.0
    while any(one() is not None for one in kept) and time.monotonic() < deadline:
        time.sleep(0.01)
    return any(one() is not None for one in kept)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_request_outlives_its_answer(*, fails: bool) -> None:
    assert not outlives(FairThreads(2, 10, "t"), fails=fails)


class Keeping(FairThreads):
    """Each future has a callback that leads back to it, as before."""

    def submit(
        self, name: str, work: Callable[[], Any], done: Callable[[Future[Any]], object] | None = None
    ) -> Future[Any]:
        future = super().submit(name, work, done)
        future.add_done_callback(partial(self._noted, future, work))
        return future

    def _noted(self, *_kept: object) -> None:
        pass


@pytest.mark.usefixtures("no_collector")
def test_futures_that_lead_back_to_themselves_are_found_out() -> None:
    """The sabotaged twin."""
    assert outlives(Keeping(2, 10, "t"), fails=False)


def test_ended_request_is_answered_although_no_further_thread_starts(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = FairThreads(2, 10, "t")
    first = threads.submit("a", held.work("first"))
    held.await_begun(1)

    def refuse(_self: FairThreads) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(FairThreads, "_next", refuse)
        held.go.set()
        assert first.result(SECONDS) == "first"
