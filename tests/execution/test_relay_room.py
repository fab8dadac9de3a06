"""The work that may wait in Redis follows what workers claim, not a number of jobs."""

from __future__ import annotations

import math
import uuid

import pytest

from actors.relay.turns import LEAST_TURNS, MOST_MS, ROOM_SECONDS, Room
from automate.outbox.jobs import DispatchedJob
from tests.support.lanes import claim_all, dispatch, fill
from tests.support.plane import Root

FIRST, BATCH = 320, 40


def sent(number: int, waiting: float, milliseconds: float = 1.0) -> list[DispatchedJob]:
    return [
        DispatchedJob(
            uuid.uuid4(), uuid.UUID(int=1), "event.match", alone=False, waiting=waiting, milliseconds=milliseconds
        )
        for _ in range(number)
    ]


class Workers:
    """Workers that claim so many jobs a second, and a relay that fills the room every 20 ms. ms: of a job."""

    def __init__(self, per_second: float, ms: float = 1.0) -> None:
        self.per_second, self.ms = per_second, ms
        self.now = 0.0
        self.room = Room(FIRST, BATCH, lambda: self.now)
        self._waiting = 0.0

    def work(self, seconds: float, *, backlog: bool = True) -> float:
        for _ in range(int(seconds / 0.02)):
            self.now += 0.02
            self._waiting = max(0.0, self._waiting - self.per_second * self.ms * 0.02)
            room, waiting = self.room.milliseconds(), self._waiting
            if backlog and waiting < room:
                jobs = sent(math.ceil((room - waiting) / self.ms), waiting, self.ms)
                self.room.note(jobs, room)
                self._waiting += len(jobs) * self.ms
        return self.room.milliseconds()


@pytest.mark.parametrize("per_second", [500, 2_000, 8_000])
def test_room_is_a_fifth_of_a_second_of_work(per_second: int) -> None:
    assert Workers(per_second).work(10) == pytest.approx(per_second * ROOM_SECONDS, rel=0.15)


def test_slow_jobs_shrink_the_room_and_fast_ones_widen_it_again() -> None:
    workers = Workers(2_000)
    workers.work(5)
    workers.per_second = 20
    assert workers.work(60) == LEAST_TURNS * BATCH
    workers.per_second = 2_000
    assert workers.work(10) == pytest.approx(2_000 * ROOM_SECONDS, rel=0.15)


def test_room_is_bounded() -> None:
    workers = Workers(1_000_000)
    assert workers.work(10) == MOST_MS


def test_rest_between_two_floods_is_not_measured() -> None:
    workers = Workers(2_000)
    before = workers.work(5)
    workers.work(60, backlog=False)
    assert workers.work(0.3) == pytest.approx(before, rel=0.15)


def test_rounds_that_do_not_fill_the_room_measure_nothing() -> None:
    """Few events a second arrive: that is no measure of the workers."""
    now = 0.0
    room = Room(FIRST, BATCH, lambda: now)
    for _ in range(100):
        now += 0.1
        room.note(sent(1, 0), FIRST)
    assert room.milliseconds() == FIRST


def test_jobs_count_by_their_milliseconds() -> None:
    """Jobs that take ten times as long, of which a tenth is claimed in a second, leave the room as it is."""
    assert Workers(200, ms=10.0).work(10) == pytest.approx(2_000 * ROOM_SECONDS, rel=0.15)


@pytest.mark.usefixtures("lanes")
def test_dispatch_says_how_many_jobs_waited(root: Root) -> None:
    fill(root, {0: 30, 1: 5})
    assert {job.waiting for job in dispatch(room=7)} == {0}
    assert {job.waiting for job in dispatch(room=16)} == {7}
    claim_all(root)
    assert {job.waiting for job in dispatch(room=3)} == {0}
