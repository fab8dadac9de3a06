"""What of a worker must move: a part that stands still ends the process, and work that only takes long does not."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from actors import worker
from automate.processes.watch import OVERDUE_STATUS, Hands, LoopWatch

SECONDS = 10.0


class _Turns:
    silent = 0.0

    def silent_seconds(self) -> float:
        return self.silent


@pytest.fixture
def statuses() -> list[int]:
    return []


@pytest.fixture
def threads() -> Any:
    """A worker of Dramatiq with one thread and one consumer that live until the test lets them end."""
    end = threading.Event()
    started = [threading.Thread(target=end.wait, daemon=True) for _ in range(2)]
    for thread in started:
        thread.start()
    yield SimpleNamespace(workers=started[:1], consumers={"default": started[1]}, end=end)
    end.set()


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> _Turns:
    made = _Turns()
    monkeypatch.setattr(worker, "turns", made)
    return made


def look(threads: Any, turned: dict[str, float], statuses: list[int], seconds: int) -> None:
    watch = LoopWatch(statuses.append)
    watch.check_loops(0.0)
    for name, patience, moved in worker.parts(threads, turned):
        watch.follow(name, patience, moved)
    for second in range(1, seconds + 1):
        watch.check_loops(float(second))


def test_worker_that_works_is_left_alone(threads: Any, turns: _Turns, statuses: list[int]) -> None:
    look(threads, {"default": time.monotonic() + 3600}, statuses, 1_000)
    assert statuses == []


def test_consumer_that_looks_for_nothing_is_overdue(threads: Any, turns: _Turns, statuses: list[int]) -> None:
    look(threads, {"default": time.monotonic() - worker.TURN_SECONDS - 1}, statuses, 62)
    assert set(statuses) == {OVERDUE_STATUS}


def test_thread_that_ended_is_overdue(threads: Any, turns: _Turns, statuses: list[int]) -> None:
    threads.end.set()
    threads.workers[0].join(SECONDS)
    look(threads, {}, statuses, 62)
    assert set(statuses) == {OVERDUE_STATUS}


def test_connector_that_holds_up_all_calls_is_overdue(threads: Any, turns: _Turns, statuses: list[int]) -> None:
    turns.silent = 31.0
    look(threads, {}, statuses, 62)
    assert set(statuses) == {OVERDUE_STATUS}


def test_passes_that_all_stand_still_are_overdue(
    threads: Any, turns: _Turns, statuses: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = Hands(1)
    monkeypatch.setattr(worker.run_scheduler, "hands", hands)
    with hands:
        look(threads, {}, statuses, int(worker.PASS_SECONDS) - 1)
        assert statuses == []
        look(threads, {}, statuses, int(worker.PASS_SECONDS) + 2)
    assert set(statuses) == {OVERDUE_STATUS}


def test_consumers_that_begin_while_the_others_are_looked_at_disturb_nothing() -> None:
    """Each consumer notes its first turn in a thread of its own. An error here would end the worker, or its watch."""

    class BesideABeginner(float):
        def __rsub__(self, now: float) -> float:
            turned[f"queue-{len(turned)}"] = time.monotonic()
            return now - float(self)

    turned: dict[str, float] = {f"queue-{number}": BesideABeginner(time.monotonic()) for number in range(3)}
    assert worker.all_poll(turned)
    assert len(turned) == 6
