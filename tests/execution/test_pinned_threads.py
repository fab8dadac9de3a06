"""Work of one key stays on one thread, and waits for no thread that is held up while another one is idle."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from actors import pinned
from actors.pinned import OVERTAKEN, PinnedThreads

SECONDS = 10.0


@contextmanager
def threads(count: int, patience: float) -> Iterator[PinnedThreads]:
    made = PinnedThreads(count, "test", patience)
    try:
        yield made
    finally:
        made.close()


class Seen:
    """Which thread did what."""

    def __init__(self) -> None:
        self.done: list[tuple[object, str]] = []
        self._changed = threading.Condition()

    def note(self, what: object) -> None:
        with self._changed:
            self.done.append((what, threading.current_thread().name))
            self._changed.notify_all()

    def wait(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.done) >= count, SECONDS), self.done


def test_key_keeps_its_thread_and_its_order() -> None:
    seen = Seen()
    with threads(4, patience=SECONDS) as pool:
        for number in range(400):
            pool.submit(number % 7, lambda number=number: seen.note(number))  # type: ignore[misc]
        seen.wait(400)
    for key in range(7):
        mine = [(number, thread) for number, thread in seen.done if int(str(number)) % 7 == key]
        assert {thread for _, thread in mine} == {f"test-{key % 4}"}
        assert [number for number, _ in mine] == sorted(int(str(number)) for number, _ in mine)


def held_up(pool: PinnedThreads, seen: Seen, seconds: float) -> None:
    """The thread of key 0 is held up for so long, and has more to do behind that."""
    go_on = threading.Event()
    pool.submit(0, lambda: (go_on.wait(seconds), seen.note("slow")))
    pool.submit(4, lambda: seen.note("behind it"))
    try:
        seen.wait(1)
    finally:
        go_on.set()


def test_idle_thread_takes_what_waits_behind_a_slow_one() -> None:
    seen = Seen()
    with threads(4, patience=0.01) as pool:
        held_up(pool, seen, SECONDS)
        seen.wait(2)
    (first, thread), (second, _) = seen.done
    assert (first, second) == ("behind it", "slow")
    assert thread != "test-0"


def test_twin_without_an_idle_thread_that_looks_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the test above can fail."""
    monkeypatch.setattr(pinned.PinnedThreads, "_line_for", lambda pool, number: (pool._lines[number] or None, None))
    seen = Seen()
    with threads(4, patience=0.01) as pool:
        held_up(pool, seen, 0.3)
        seen.wait(2)
    assert [what for what, _ in seen.done] == ["slow", "behind it"]


def beside_three_busy_threads(*works: str, stuck: bool = False) -> dict[object, str]:
    """The thread of each work that waits behind thread 0. Three of four threads are busy, and thread 0 ends first."""
    seen, go_on, busy = Seen(), threading.Event(), threading.Semaphore(0)

    def wait(seconds: float) -> None:
        busy.release()
        go_on.wait(seconds)

    with threads(4, patience=0.01) as pool:
        for key in range(3):
            # A thread that ends earlier would leave the process less crowded.
            pool.submit(key, partial(wait, SECONDS if key else 0.3))
        for _ in range(3):
            assert busy.acquire(timeout=SECONDS)
        if stuck:
            pool._began[0] = float("-inf")
        for work in works:
            pool.submit(4, partial(seen.note, work), short=work == "short")
        seen.wait(len(works))
        go_on.set()
    return dict(seen.done)


def test_long_work_of_a_crowded_process_stays_on_the_thread_of_its_key() -> None:
    """Its session has the plans of the tenant."""
    assert beside_three_busy_threads("long") == {"long": "test-0"}


def test_short_work_does_not_wait_for_a_crowded_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert beside_three_busy_threads("short") == {"short": "test-3"}
    monkeypatch.setattr(pinned, "OVERTAKEN", 0)
    assert beside_three_busy_threads("long", "short") == {"long": "test-3", "short": "test-3"}


def test_work_behind_a_stuck_thread_does_not_wait_for_a_crowded_process() -> None:
    """A thread that waits for a silent server does not make the process slower."""
    assert beside_three_busy_threads("long", stuck=True) == {"long": "test-3"}


def test_twin_that_is_never_crowded_moves_it_to_an_idle_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the tests above can fail."""
    monkeypatch.setattr(pinned, "CROWDED_THREADS", 4)
    assert beside_three_busy_threads("long") == {"long": "test-3"}


def left_by_its_watcher(pool: PinnedThreads, seen: Seen, seconds: float) -> list[object]:
    """Two threads wait for a silent server, one of which looked after the other's line before. What is done meanwhile."""
    go_on, held = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        held.release()
        go_on.wait(SECONDS)

    pool.submit(0, wait)
    assert held.acquire(timeout=SECONDS)
    pool.submit(4, lambda: seen.note("behind it"))  # thread 1 is the first idle one, and looks after it
    pool.submit(1, wait)
    assert held.acquire(timeout=SECONDS)
    try:
        with seen._changed:
            seen._changed.wait_for(lambda: seen.done, seconds)
        return [what for what, _ in seen.done]
    finally:
        go_on.set()


def test_line_is_looked_after_although_its_watcher_is_held_up_too() -> None:
    seen = Seen()
    with threads(4, patience=0.05) as pool:
        assert left_by_its_watcher(pool, seen, SECONDS) == ["behind it"]
    assert seen.done[0][1] in {"test-2", "test-3"}


def test_twin_that_hands_the_watch_to_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the test above can fail: a line behind a silent server waited although two threads were idle."""
    watch = PinnedThreads._have_watched

    def from_outside_alone(pool: PinnedThreads) -> None:
        if getattr(pool._running, "number", None) is None:
            watch(pool)

    monkeypatch.setattr(PinnedThreads, "_have_watched", from_outside_alone)
    seen = Seen()
    with threads(4, patience=0.05) as pool:
        assert left_by_its_watcher(pool, seen, 0.3) == []


def test_work_that_submits_more_of_its_key_wakes_no_other_thread() -> None:
    """A tenant's next pass is submitted at the end of the one before: each other thread would get up for nothing."""
    seen = Seen()
    with threads(4, patience=0.0) as pool:

        def pass_on(left: int) -> None:
            seen.note(left)
            if left:
                pool.submit(2, lambda: pass_on(left - 1))

        pool.submit(2, lambda: pass_on(50))
        seen.wait(51)
        assert [thread is not None for thread in pool._threads] == [False, False, True, False]
    assert {thread for _, thread in seen.done} == {"test-2"}


def test_one_thread_does_all_in_order() -> None:
    seen = Seen()
    with threads(1, patience=0.0) as pool:
        for number in range(50):
            pool.submit(number * 3, lambda number=number: seen.note(number))  # type: ignore[misc]
    assert [what for what, _ in seen.done] == list(range(50))


def test_all_threads_share_what_one_key_brings_where_it_waits() -> None:
    """Many keys of one thread, each of which takes a while: nobody idles beside them."""
    seen, together = Seen(), threading.Barrier(4)
    with threads(4, patience=0.0) as pool:
        for number in range(4):
            pool.submit(number * 4, lambda number=number: (together.wait(SECONDS), seen.note(number)))  # type: ignore[misc]
        seen.wait(4)
    assert {thread for _, thread in seen.done} == {f"test-{number}" for number in range(4)}


def behind_slow_work(pool: PinnedThreads, seen: Seen, submit: Callable[[], None], count: int) -> list[object]:
    """What is done after slow work of thread 0, while which ``submit`` submits work of the same thread."""
    go_on, began = threading.Event(), threading.Event()
    pool.submit(0, lambda: (began.set(), go_on.wait(SECONDS)))
    assert began.wait(SECONDS)
    submit()
    go_on.set()
    seen.wait(count)
    return [what for what, _ in seen.done]


def test_short_work_goes_before_long_work_in_its_own_order() -> None:
    seen = Seen()
    with threads(1, patience=SECONDS) as pool:

        def submit() -> None:
            for name in ("long 1", "long 2", "short 1", "long 3", "short 2"):
                pool.submit(0, partial(seen.note, name), short=name.startswith("short"))

        assert behind_slow_work(pool, seen, submit, 5) == ["short 1", "short 2", "long 1", "long 2", "long 3"]


def test_long_work_is_overtaken_so_often_and_no_more() -> None:
    seen = Seen()
    with threads(1, patience=SECONDS) as pool:

        def submit() -> None:
            pool.submit(0, lambda: seen.note("long"))
            for _ in range(3 * OVERTAKEN):
                pool.submit(0, lambda: seen.note("short"), short=True)

        done = behind_slow_work(pool, seen, submit, 3 * OVERTAKEN + 1)
    assert done.index("long") == OVERTAKEN


def test_twin_without_a_limit_is_overtaken_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the test above can fail."""
    monkeypatch.setattr(pinned, "OVERTAKEN", 1_000_000)
    with pytest.raises(AssertionError):
        test_long_work_is_overtaken_so_often_and_no_more()


@pytest.mark.parametrize(("short", "order"), [(True, ["behind it", "slow"]), (False, ["slow", "behind it"])])
def test_idle_thread_takes_short_work_long_before_long_work(short: bool, order: list[str]) -> None:  # noqa: FBT001
    seen = Seen()
    with threads(4, patience=SECONDS) as pool:
        go_on, began = threading.Event(), threading.Event()
        pool.submit(0, lambda: (began.set(), go_on.wait(0.3), seen.note("slow")))
        assert began.wait(SECONDS)
        pool.submit(4, lambda: seen.note("behind it"), short=short)
        seen.wait(2)
    assert [what for what, _ in seen.done] == order
