"""A process whose loop no longer turns ends itself; one that was frozen does not."""

from __future__ import annotations

import json
import linecache
import subprocess
import sys
import threading

import pytest

from automate.processes import watch as watching
from automate.processes.watch import FROZEN_SECONDS, OVERDUE_STATUS, Hands, LoopWatch

PATIENCE_SECONDS = 10.0
HANGS = """
import threading
from automate.processes import watch
from automate.project.logs import log_to_stderr

def hang_here():
    threading.Event().wait()

log_to_stderr("relay")
watch.CHECK_SECONDS = watch.FROZEN_SECONDS / 100
watch.watch.follow("rounds", 0.1)
watch.watch.start()
hang_here()
"""
KEEPS_THE_LOCK = """
import ctypes, threading
from automate.processes import watch

watch.STUCK_SECONDS = 0.3
watch.watch.start()
armed = threading.Event()
threading.Timer(0.1, armed.set).start()
armed.wait()
ctypes.PyDLL(None).sleep(30)
"""


class Ended:
    def __init__(self) -> None:
        self.statuses: list[int] = []

    def __call__(self, status: int) -> None:
        self.statuses.append(status)


@pytest.fixture
def ended() -> Ended:
    return Ended()


@pytest.fixture
def watch(ended: Ended) -> LoopWatch:
    made = LoopWatch(ended)
    made.check_loops(0.0)
    return made


def seconds(watch: LoopWatch, first: int, last: int) -> None:
    for second in range(first, last + 1):
        watch.check_loops(float(second))


def test_loop_that_turns_is_left_alone(watch: LoopWatch, ended: Ended) -> None:
    loop = watch.follow("rounds", PATIENCE_SECONDS)
    for second in range(1, 100):
        if second % 10 == 0:
            loop.turn()
        watch.check_loops(float(second))
    assert ended.statuses == []


def test_overdue_loop_ends_the_process(watch: LoopWatch, ended: Ended) -> None:
    watch.follow("rounds", PATIENCE_SECONDS)
    seconds(watch, 1, 11)
    assert ended.statuses == []
    watch.check_loops(12.0)
    assert ended.statuses == [OVERDUE_STATUS]


def test_one_overdue_loop_is_enough(watch: LoopWatch, ended: Ended) -> None:
    turning = watch.follow("rounds", PATIENCE_SECONDS)
    watch.follow("heartbeat", PATIENCE_SECONDS)
    for second in range(1, 13):
        turning.turn()
        watch.check_loops(float(second))
    assert ended.statuses == [OVERDUE_STATUS]


def test_loop_that_ended_in_order_is_not_missed(watch: LoopWatch, ended: Ended) -> None:
    with watch.following("rounds", PATIENCE_SECONDS):
        seconds(watch, 1, 5)
    seconds(watch, 6, 60)
    assert ended.statuses == []


@pytest.mark.parametrize("frozen_seconds", [FROZEN_SECONDS + 1, 8 * 3600.0])
def test_frozen_process_gets_a_fresh_round(watch: LoopWatch, ended: Ended, frozen_seconds: float) -> None:
    """A paused machine, a laptop that slept: the round in flight has all of its time again."""
    loop = watch.follow("rounds", PATIENCE_SECONDS)
    for nap in range(1, 20):
        now = nap * (frozen_seconds + PATIENCE_SECONDS - 2)
        watch.check_loops(now)
        for second in range(1, int(PATIENCE_SECONDS) - 2):
            watch.check_loops(now + second)
    assert ended.statuses == []
    assert loop.silent_seconds < PATIENCE_SECONDS


def test_starved_watch_counts_only_the_time_that_it_saw(watch: LoopWatch, ended: Ended) -> None:
    watch.follow("rounds", PATIENCE_SECONDS)
    for look in range(1, 11):
        watch.check_loops(look * (FROZEN_SECONDS - 0.5))
    assert ended.statuses == []


def test_hands_are_stuck_when_all_are_busy_and_none_finishes() -> None:
    hands, let_go = Hands(2), threading.Event()
    inside = threading.Semaphore(0)

    def work() -> None:
        with hands:
            inside.release()
            let_go.wait()

    threads = [threading.Thread(target=work) for _ in range(2)]
    threads[0].start()
    assert inside.acquire(timeout=10)
    assert hands.moved(), "one is free"
    threads[1].start()
    assert inside.acquire(timeout=10)
    assert not hands.moved()
    let_go.set()
    for thread in threads:
        thread.join()
    assert hands.moved()


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)


def test_real_process_logs_where_it_hangs_and_ends() -> None:
    done = run(HANGS)
    assert done.returncode == OVERDUE_STATUS, done.stderr
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["level"], line["loop"], line["process"]) == ("error", "rounds", "relay")
    assert any(place.endswith(" hang_here") for place in line["where"])


def test_place_is_told_without_reading_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a starved machine that takes longer than the end of the process waits for its last line."""

    def read(filename: str, *_more: object) -> list[str]:
        raise AssertionError(f"{filename} was read")

    linecache.clearcache()
    monkeypatch.setattr(linecache, "updatecache", read)
    places = watching._where(threading.get_ident())
    assert places[-1].endswith(" _where")
    assert places[-2].endswith(" test_place_is_told_without_reading_sources")
    assert len(places) == watching.FRAMES


@pytest.mark.skipif(sys.version_info < (3, 11), reason="this timer follows the wall clock")
def test_process_whose_interpreter_is_held_ends_by_a_timer_in_c() -> None:
    done = run(KEEPS_THE_LOCK)
    assert done.returncode == 1, done.stderr
    assert "Timeout" in done.stderr


def test_frozen_clock_of_the_twin_is_found_out(ended: Ended) -> None:
    """Counting what the clock says instead of what the watch saw would end a process that only slept."""

    class ByTheClock(LoopWatch):
        def check_loops(self, now: float) -> None:
            elapsed, self._checked_at = now - self._checked_at, now
            for loop in self._loops:
                if loop.add_silence(elapsed):
                    self._end(OVERDUE_STATUS)

    watch = ByTheClock(ended)
    watch.check_loops(0.0)
    watch.follow("rounds", PATIENCE_SECONDS)
    watch.check_loops(1.0)
    watch.check_loops(8 * 3600.0)
    assert ended.statuses == [OVERDUE_STATUS]
