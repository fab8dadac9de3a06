"""Large passes give way to small work on the same machine, for a bounded share of their time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from actors import tenant_scheduler as schedulers
from actors.holding import SMALL_JOBS
from automate.kernel.answering import before_each_wait
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.outbox import giving_way
from automate.outbox.giving_way import FEW_JOBS, MOST_SECONDS, SHARE, GivingWay, SmallWork
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, a_scheduler, give

OTHER_PROCESS = """
import sys, time
from pathlib import Path
from automate.outbox.giving_way import SmallWork
work = SmallWork(Path(sys.argv[1]))
while True:
    work.expect()
    time.sleep(0.005)
"""
STEP = [{"key": "a", "uses": "test.scripted"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "page"


class Clock:
    """Time that passes only when a test lets it pass, or when someone sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1_000.0, 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(giving_way, "time", made)
    return made


def expected(work: SmallWork) -> bool:
    return work.expected(time.monotonic())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_small_work_of_another_process_is_known_until_this_process_ends(path: Path) -> None:
    work = SmallWork(path)
    assert not expected(work)
    with subprocess.Popen([sys.executable, "-c", OTHER_PROCESS, str(path)]) as other:
        until(lambda: expected(work))
        other.kill()
        other.wait(SECONDS)
        until(lambda: not expected(work))


def test_a_thread_gives_way_until_the_small_pass_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "EXPECTED_SECONDS", SECONDS)
    monkeypatch.setattr(giving_way, "MOST_SECONDS", SECONDS)
    work = SmallWork(path)
    with work.passing():
        with work.passing():
            large = threading.Thread(target=GivingWay(SmallWork(path)), daemon=True)
            large.start()
        large.join(0.05)
        assert large.is_alive()
    large.join(SECONDS)
    assert not large.is_alive()


def test_a_flood_of_small_work_takes_a_share_of_the_time_of_large_passes(path: Path, clock: Clock) -> None:
    work = SmallWork(path)
    give_way, began, longest = GivingWay(work), clock.now, 0.0
    for _ in range(5_000):
        clock.now += 0.002
        work.expect()
        before = clock.slept
        give_way()
        longest = max(longest, clock.slept - before)
    share = clock.slept / (clock.now - began)
    assert SHARE / 2 < share <= SHARE
    assert MOST_SECONDS / 2 < longest < MOST_SECONDS + 2 * giving_way.LOOK_SECONDS


def test_an_expectation_of_another_clock_is_not_believed(path: Path) -> None:
    work = SmallWork(path)
    work._page[3] = time.monotonic() + 3_600
    assert not expected(work)


def test_a_tenant_with_many_new_jobs_is_not_small(path: Path, clock: Clock) -> None:
    work, small, large = SmallWork(path), uuid.uuid4(), uuid.uuid4()

    def expects(tenant: uuid.UUID, jobs: int) -> bool:
        clock.now += giving_way.EXPECTED_SECONDS
        work.expect_jobs(tenant, jobs)
        return work.expected(clock.now)

    assert expects(small, 1)
    assert not expects(large, FEW_JOBS + 1)
    assert [expects(small, 4), expects(small, 4)] == [True, False]
    clock.now += 1
    assert expects(small, 1)


@pytest.mark.parametrize("made", ["link", "second name", "other owner", "folder"])
def test_a_file_that_another_user_can_have_made_is_not_used(path: Path, made: str) -> None:
    if made == "other owner":
        if os.geteuid():
            pytest.skip("only root can give a file away")
        path.write_bytes(bytes(giving_way.BYTES))
        os.chown(path, 12_345, 12_345)
    elif made == "folder":
        path.mkdir()
    else:
        other = path.with_name("other")
        other.write_bytes(bytes(giving_way.BYTES))
        (path.symlink_to if made == "link" else path.hardlink_to)(other)
    work = SmallWork(path)
    work.expect()
    assert expected(work)
    assert not expected(SmallWork(path))


def test_each_wait_of_a_session_is_preceded_by_the_call(plane: Plane) -> None:
    calls: list[None] = []
    with acting_for(plane.tenant):
        fetch("SELECT 1")
        with before_each_wait(lambda: calls.append(None)):
            fetch("SELECT 1")
        fetch("SELECT 1")
    assert len(calls) == 1


class Courtesy:
    """What passes did: gave: how often a large one looked for small work. small: how many were small."""

    def __init__(self) -> None:
        self.gave = self.small = 0

    def __call__(self) -> None:
        self.gave += 1

    @contextmanager
    def passing(self) -> Iterator[None]:
        self.small += 1
        yield


@pytest.mark.parametrize(("events", "small"), [(SMALL_JOBS, True), (2 * SMALL_JOBS, False)])
def test_large_passes_give_way_and_small_ones_ask_for_it(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, events: int, *, small: bool
) -> None:
    seen = Courtesy()
    monkeypatch.setattr(schedulers, "small_work", seen)
    monkeypatch.setattr(schedulers, "GivingWay", lambda _work: seen)
    with connectors(Scripted()), a_scheduler() as scheduler:
        plane.publish("one", STEP)
        for _ in range(events):
            plane.send({})
        give(scheduler, plane)
        plane.until(lambda: plane.runs() == [("succeeded", "")] * events)
    assert bool(seen.gave) is not small
    assert bool(seen.small) is small


def test_an_accepted_event_of_a_small_tenant_is_expected_at_once(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[uuid.UUID, int]] = []
    monkeypatch.setattr(SmallWork, "expect_jobs", lambda _self, tenant, jobs: asked.append((tenant, jobs)))
    with acting_for(plane.tenant):
        plane.send({})
    assert asked == [(plane.tenant.id, 1)]
