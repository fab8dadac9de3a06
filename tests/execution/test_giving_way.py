"""Large passes give way to small work on the same machine, for a bounded share of their time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from actors import tenant_scheduler as schedulers
from actors.holding import SMALL_JOBS
from actors.pinned import PinnedThreads
from automate.kernel.before_statements import before_each_statement
from automate.kernel.sql import execute, execute_all, fetch, fetch_all
from automate.kernel.tenancy import acting_for
from automate.outbox import giving_way
from automate.outbox.giving_way import FEW_JOBS, MOST_SECONDS, PASS_SECONDS, SHARE, WAY_SECONDS, GivingWay, SmallWork
from tests.support.plane import Plane, Scripted, connectors
from tests.support.tenant_schedulers import SECONDS, Gate, a_scheduler, give, unlimited

OTHER_PROCESS = """
import sys, uuid
from pathlib import Path
from automate.outbox import giving_way
giving_way.WAY_SECONDS = giving_way.PASS_SECONDS
work = giving_way.SmallWork(lambda: Path(sys.argv[1]))
for _ in sys.stdin:
    work.expect(uuid.UUID(int=1))
    print(flush=True)
"""
STEP = [{"key": "a", "uses": "test.scripted"}]
SMALL, LARGE, THIRD = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)


def work_at(path: Path) -> SmallWork:
    return SmallWork(lambda: path)


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


def expected(work: SmallWork, tenant: uuid.UUID = LARGE) -> bool:
    return work.expected(time.monotonic(), tenant)


def test_small_work_of_another_process_is_known(path: Path) -> None:
    work = work_at(path)
    command = [sys.executable, "-c", OTHER_PROCESS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        seen = False
        deadline = time.monotonic() + SECONDS
        while not seen and time.monotonic() < deadline:
            # On a busy machine, an announcement may end before this process looks.
            other.stdin.write("\n")
            other.stdout.readline()
            seen = expected(work)
        other.kill()
    assert seen


def test_an_announcement_ends(path: Path, clock: Clock) -> None:
    work = work_at(path)
    work.expect(SMALL)
    assert work.expected(clock.now, LARGE)
    assert not work.expected(clock.now + WAY_SECONDS, LARGE)
    with work.passing(SMALL):
        work.expect(SMALL)
        assert work.expected(clock.now + WAY_SECONDS, LARGE)
        assert not work.expected(clock.now + PASS_SECONDS, LARGE)


def test_a_pass_ends_its_own_announcement_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "PASS_SECONDS", SECONDS)
    monkeypatch.setattr(giving_way, "WAY_SECONDS", SECONDS)
    work = work_at(path)
    with work.passing(SMALL):
        with work.passing(SMALL):
            pass
        assert expected(work)
    assert not expected(work)
    pid = os.getpid()
    with work.passing(SMALL):
        monkeypatch.setattr(os, "getpid", lambda: pid + 1)
        with work_at(path).passing(SMALL):
            pass
        monkeypatch.setattr(os, "getpid", lambda: pid)
        assert expected(work)


def test_a_pass_ends_the_announcements_that_led_to_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "PASS_SECONDS", SECONDS)
    monkeypatch.setattr(giving_way, "WAY_SECONDS", SECONDS)
    work, pid = work_at(path), os.getpid()
    for led in (True, False):
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(os, "getpid", lambda: pid + 1)
            work_at(path).expect(SMALL if led else THIRD)
        with work.passing(SMALL):
            pass
        assert expected(work) is not led


def test_a_pass_does_not_end_later_announcements(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "PASS_SECONDS", SECONDS)
    monkeypatch.setattr(giving_way, "WAY_SECONDS", SECONDS)
    work = work_at(path)
    with work.passing(SMALL):
        work.expect(SMALL)
    assert expected(work)


def test_nobody_gives_way_to_the_own_tenant(path: Path) -> None:
    work = work_at(path)
    with work.passing(SMALL):
        assert not expected(work, SMALL)
        assert expected(work)


def test_a_thread_gives_way_until_the_small_pass_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "PASS_SECONDS", 4 * SECONDS)
    monkeypatch.setattr(giving_way, "MOST_SECONDS", 4 * SECONDS)
    work = work_at(path)
    began = time.monotonic()
    with work.passing(SMALL):
        large = threading.Thread(target=partial(GivingWay(work_at(path)).to_others, LARGE), daemon=True)
        large.start()
        large.join(0.05)
        assert large.is_alive()
    large.join(SECONDS)
    assert not large.is_alive()
    assert time.monotonic() - began < SECONDS


def test_a_thread_does_not_wait_while_small_work_needs_one(path: Path, clock: Clock) -> None:
    work, needed = work_at(path), [True]
    give_way = GivingWay(work, lambda: needed[0])
    work.expect(SMALL)
    give_way.to_others(LARGE)
    assert clock.slept == 0
    needed[0] = False
    give_way.to_others(LARGE)
    assert clock.slept == pytest.approx(give_way.given)
    assert give_way.given > 0


def test_the_pool_knows_whether_short_work_waits() -> None:
    pool, go = PinnedThreads(1, "test"), threading.Event()
    begun = threading.Event()

    def long() -> None:
        begun.set()
        go.wait(SECONDS)

    pool.submit(0, long)
    assert begun.wait(SECONDS)
    pool.submit(0, go.is_set)
    assert not pool.short_waits()
    pool.submit(0, go.is_set, short=True)
    assert pool.short_waits()
    go.set()
    pool.close()
    assert not pool.short_waits()


def test_a_flood_of_small_work_takes_a_share_of_the_time_of_large_passes(path: Path, clock: Clock) -> None:
    work = work_at(path)
    give_way, began, longest = GivingWay(work), clock.now, 0.0
    for _ in range(5_000):
        clock.now += 0.002
        work.expect(SMALL)
        before = clock.slept
        give_way.to_others(LARGE)
        longest = max(longest, clock.slept - before)
    share = clock.slept / (clock.now - began)
    assert SHARE / 2 < share <= SHARE
    assert MOST_SECONDS / 2 < longest < MOST_SECONDS + 2 * giving_way.LOOK_SECONDS
    assert give_way.given == pytest.approx(clock.slept)


def test_each_thread_has_an_allowance_that_an_idle_hour_does_not_raise(path: Path, clock: Clock) -> None:
    work = work_at(path)
    give_way = GivingWay(work)

    def waits() -> float:
        before = clock.slept
        for _ in range(10):
            work.expect(SMALL)
            give_way.to_others(LARGE)
        return clock.slept - before

    assert waits() > 0
    clock.now += 3_600
    assert 2 * MOST_SECONDS < waits() < 2.5 * MOST_SECONDS
    assert waits() < MOST_SECONDS / 2
    others: list[float] = []
    thread = threading.Thread(target=lambda: others.append(waits()))
    thread.start()
    thread.join(SECONDS)
    assert others[0] > MOST_SECONDS / 2


def test_an_announcement_of_another_clock_hides_no_other(path: Path) -> None:
    work = work_at(path)
    work._times[3] = time.monotonic() + 3_600
    assert not expected(work)
    work.expect(SMALL)
    assert expected(work)


def test_a_tenant_with_many_new_jobs_is_not_small(path: Path, clock: Clock) -> None:
    work, small, large = work_at(path), uuid.uuid4(), uuid.uuid4()

    def expects(tenant: uuid.UUID, jobs: int) -> bool:
        clock.now += WAY_SECONDS
        work.expect_jobs(tenant, jobs)
        return work.expected(clock.now, LARGE)

    assert expects(small, 1)
    assert not expects(large, FEW_JOBS + 1)
    assert [expects(small, 4), expects(small, 4)] == [True, False]
    clock.now += 1
    assert expects(small, 1)


def test_the_page_is_this_users(path: Path) -> None:
    work_at(path).expect(SMALL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_blocks > 0


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
    work = work_at(path)
    work.expect(SMALL)
    assert expected(work)
    assert not expected(work_at(path))


def test_the_call_comes_before_each_statement_and_not_before_a_commit(plane: Plane) -> None:
    class StoppedError(Exception):
        pass

    def stop() -> None:
        raise StoppedError

    sent: list[str] = []

    def note(execute: Any, statement: str, *rest: Any) -> Any:
        sent.append(statement)
        return execute(statement, *rest)

    calls: list[None] = []
    with acting_for(plane.tenant), connection.execute_wrapper(note):
        with before_each_statement(stop):
            for act in (fetch, execute):
                with pytest.raises(StoppedError):
                    act("SELECT 1")
            with pytest.raises(StoppedError):
                fetch_all([("SELECT 1", ()), ("SELECT 2", ())])
            with before_each_statement(None):
                fetch("SELECT 'nobody waits'")
        with before_each_statement(lambda: calls.append(None)), transaction.atomic():
            fetch("SELECT 3")
            execute_all([("SELECT 4", ()), ("SELECT 5", ())])
        fetch("SELECT 6")
    assert len(calls) == 2
    assert not {"SELECT 1", "SELECT 2"} & {*sent}


class Courtesy:
    """What passes did: gave: how often a large one looked for small work. small: how many were small."""

    def __init__(self) -> None:
        self.gave = self.small = 0

    given = 0.0

    def to_others(self, _tenant: uuid.UUID) -> None:
        self.gave += 1

    @contextmanager
    def passing(self, _tenant: uuid.UUID) -> Iterator[None]:
        self.small += 1
        yield


@pytest.mark.parametrize(("events", "small"), [(SMALL_JOBS, True), (2 * SMALL_JOBS, False)])
def test_large_passes_give_way_and_small_ones_ask_for_it(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, events: int, *, small: bool
) -> None:
    seen = Courtesy()
    monkeypatch.setattr(schedulers, "small_work", seen)
    monkeypatch.setattr(schedulers, "GivingWay", lambda _work, _needed: seen)
    with connectors(Scripted()), a_scheduler() as scheduler:
        plane.publish("one", STEP)
        for _ in range(events):
            plane.send({})
        give(scheduler, plane)
        plane.until(lambda: plane.runs() == [("succeeded", "")] * events)
    assert bool(seen.gave) is not small
    assert bool(seen.small) is small


def test_passes_of_few_results_of_a_tenant_with_many_runs_do_neither(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, gate = Courtesy(), Gate()
    monkeypatch.setattr(schedulers, "small_work", seen)
    monkeypatch.setattr(schedulers, "GivingWay", lambda _work, _needed: seen)
    unlimited(plane)
    with connectors(Scripted(inline=False, acts=(gate,))), a_scheduler() as scheduler:
        plane.publish("one", STEP)
        for _ in range(2 * SMALL_JOBS):
            plane.send({})
        give(scheduler, plane)
        gate.await_calls(2 * SMALL_JOBS)
        gave = seen.gave
        gate.let_in(1)
        plane.until(lambda: ("succeeded", "") in plane.runs())
        assert (seen.gave, seen.small) == (gave, 0)
        gate.let_in()
        plane.until(lambda: plane.runs() == [("succeeded", "")] * 2 * SMALL_JOBS)


def test_an_accepted_event_of_a_small_tenant_is_expected_at_once(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[uuid.UUID, int]] = []
    monkeypatch.setattr(SmallWork, "expect_jobs", lambda _self, tenant, jobs: asked.append((tenant, jobs)))
    with acting_for(plane.tenant):
        plane.send({})
    assert asked == [(plane.tenant.id, 1)]
