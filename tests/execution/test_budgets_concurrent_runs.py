"""``concurrent_runs``: never more than its limit at once, whoever races, and nobody who waits is forgotten."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from automate.budgets import claims as budgets
from automate.kernel.ids import new_id
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for, acting_for_platform
from automate.kernel.transactions import in_transaction
from automate.outbox import claims
from automate.outbox.claims import JobRelease
from automate.outbox.dispatching import claims as dispatching
from automate.outbox.jobs import ClaimedJob
from automate.recovery.poison import dead_letter, poisoned
from tests.support.facts import naming
from tests.support.plane import FIRST_TENANT, TRACE, Plane, Scripted, connectors
from tests.support.racing import Act, race, racers

LIMIT, RACERS = 5, 16


@pytest.fixture
def limited(plane: Plane) -> Plane:
    set_limit(plane, LIMIT)
    return plane


def set_limit(plane: Plane, limit: int, action: str = "throttle") -> None:
    assert plane.root.execute(
        'UPDATE public.budget SET "limit" = %s, action = %s WHERE tenant_id = %s AND metric = \'concurrent_runs\'',
        limit, action, plane.tenant.id,
    ) == 1  # fmt: skip


def slots(plane: Plane) -> int:
    count: int = plane.root.value("SELECT count(*) FROM public.budget_slot WHERE tenant_id = %s", plane.tenant.id)
    return count


class Racers:
    """Runs that are nothing but their budget: admitted, held briefly, ended."""

    def __init__(self, plane: Plane, count: int) -> None:
        self.plane, self.ids = plane, [new_id() for _ in range(count)]
        self.most, self.ended = 0, 0
        self.lock = threading.Lock()
        with acting_for(plane.tenant):
            claims.enqueue(plane.tenant.id, "run.advance", [(i, i, TRACE) for i in self.ids], max_attempts=5)

    def act(self, _: int) -> None:
        until = time.monotonic() + 90
        while self.ended < len(self.ids):
            assert time.monotonic() < until, f"{self.ended} of {len(self.ids)} have run: who waits was forgotten"
            with acting_for_platform("dispatch as a relay does"):
                sent = dispatching.dispatch(window=4, room=1_000, resend_seconds=1, after=FIRST_TENANT).jobs
            with acting_for(self.plane.tenant):
                jobs = claims.claim(self.plane.tenant.id, [job.id for job in sent], lease_seconds=30)
                for job in jobs:
                    self._run(job)

    def _run(self, job: ClaimedJob) -> None:
        with in_transaction():
            admission = budgets.admit(self.plane.tenant.id, [job.id])
            for refusal in admission.refused.values():
                assert (refusal.metric, refusal.rejects, refusal.after_seconds) == ("concurrent_runs", False, None)
                claims.release([JobRelease(job, None, refusal.metric)])
        if admission.admitted:
            ((held,),) = fetch("SELECT count(*) FROM budget_slot WHERE working")
            with self.lock:
                self.most = max(self.most, held)
            with in_transaction():
                claims.finish([job])
                budgets.release(self.plane.tenant.id, [job.id])
            with self.lock:
                self.ended += 1


def race_for(plane: Plane, count: int) -> Racers:
    racers = Racers(plane, count)
    assert [error for error in race(RACERS, racers.act) if error is not None] == []
    return racers


def test_racing_runs_never_pass_the_limit_and_all_run(limited: Plane) -> None:
    racers = race_for(limited, 120)
    assert racers.ended == 120
    assert 1 < racers.most <= LIMIT
    assert slots(limited) == 0
    assert {row[0] for row in limited.jobs()} == {"done"}


def test_check_then_write_overspends(limited: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: counting first and writing later, without the lock, lets racers past the limit."""
    counted = threading.Barrier(RACERS)

    def check_then_write(tenant_id: uuid.UUID, run_ids: Sequence[uuid.UUID]) -> budgets.BudgetAdmission:
        ((held,),) = fetch("SELECT count(*) FROM budget_slot WHERE tenant_id = %s", [tenant_id])
        counted.wait(timeout=30)
        admission = budgets.BudgetAdmission()
        for run_id in run_ids:
            if held < LIMIT:
                fetch("INSERT INTO budget_slot VALUES (%s, %s) RETURNING 1", [run_id, tenant_id])
                admission.admitted.append(run_id)
        return admission

    monkeypatch.setattr(budgets, "admit", check_then_write)
    assert admitted_at_once(limited) == RACERS


def test_sixteen_at_once_get_exactly_the_limit(limited: Plane) -> None:
    assert admitted_at_once(limited) == LIMIT
    assert slots(limited) == LIMIT


def admitted_at_once(plane: Plane) -> int:
    def act(_: int) -> int:
        with acting_for(plane.tenant), in_transaction():
            return len(budgets.admit(plane.tenant.id, [new_id()]).admitted)

    return sum(race(RACERS, act))


@pytest.mark.slow
def test_no_wake_up_is_lost_between_end_and_parking(plane: Plane) -> None:
    """A run ends while another is being parked for it: in either order the other is woken. 500 times."""
    set_limit(plane, 1)
    with racers(2) as once:
        woken = sum(parked_as_the_other_ends(plane, once) for _ in range(500))
    assert woken > 20, "the race was never close; the test shows nothing"


def parked_as_the_other_ends(plane: Plane, once: Callable[[Act], list[Any]]) -> bool:
    """Whether the second was parked at all; then it was woken."""
    tenant, first, second = plane.tenant.id, new_id(), new_id()
    with acting_for(plane.tenant):
        claims.enqueue(tenant, "run.advance", [(i, i, TRACE) for i in (first, second)], max_attempts=5)
        jobs = {job.id: job for job in plane.claim_all() if job.id in (first, second)}
        with in_transaction():
            assert budgets.admit(tenant, [first]).admitted == [first]

    def act(racer: int) -> bool:
        with acting_for(plane.tenant), in_transaction():
            if racer:
                claims.finish([jobs[first]])
                budgets.release(tenant, [first])
                return False
            admission = budgets.admit(tenant, [second])
            if second in admission.refused:
                claims.release([JobRelease(jobs[second], None, "concurrent_runs")])
            return second in admission.refused

    parked, _ = once(act)
    assert plane.root.value(
        "SELECT parked = '' AND due_at <= now() FROM public.outbox_job WHERE id = %s", second
    ), "parked for ever"  # fmt: skip
    plane.root.empty_queue()
    return parked is True


def test_wake_up_waits_for_a_lock_on_the_parked_job(limited: Plane) -> None:
    """A heartbeat or a relay that found the job claimed just before still holds its row when the slot becomes free."""
    set_limit(limited, 1)
    tenant = limited.tenant.id
    first, second = new_id(), new_id()
    with acting_for(limited.tenant):
        claims.enqueue(tenant, "run.advance", [(i, i, TRACE) for i in (first, second)], max_attempts=5)
        jobs = {job.id: job for job in limited.claim_all()}
        with in_transaction():
            budgets.admit(tenant, [first, second])
            claims.release([JobRelease(jobs[second], None, "concurrent_runs")])

    def end(_: int) -> int:
        with acting_for(limited.tenant), in_transaction():
            return budgets.release(tenant, [first])

    with limited.root.connection.transaction():
        limited.root.execute("SELECT 1 FROM public.outbox_job WHERE id = %s FOR UPDATE", second)
        ended: list[Any] = []
        thread = threading.Thread(target=lambda: ended.extend(race(1, end)))
        thread.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%parked%%'"
        while thread.is_alive() and not limited.root.value(waits):
            limited.root.execute("SELECT pg_stat_clear_snapshot()")
    thread.join(30)
    assert ended == [1]
    assert [job.id for job in limited.dispatch()] == [second]


def test_run_that_dies_before_its_slot_passes_its_turn_on(limited: Plane) -> None:
    set_limit(limited, 1)
    scripted = Scripted()
    with connectors(scripted):
        limited.publish("one", [{"key": "a", "uses": scripted.name}])
        limited.send({}, {}, {})
        (call,) = limited.start_and_die()
        (running,) = limited.claim()
        assert limited.runs()[1:] == [("queued", naming("budget concurrent_runs"))] * 2
        with acting_for(limited.tenant):
            assert dead_letter([running], poisoned(running)) == {call.run.id}
        (woken,) = limited.claim()
        with acting_for(limited.tenant):
            assert dead_letter([woken], poisoned(woken)) == {woken.id}
        limited.drain()
    assert sorted(limited.runs()) == [("failed", "POISON_JOB")] * 2 + [("succeeded", "")]


def test_lost_worker_leaks_no_slot(limited: Plane) -> None:
    scripted = Scripted()
    with connectors(scripted):
        limited.publish("one", [{"key": "a", "uses": scripted.name}])
        limited.send(*[{}] * 8)
        assert len(limited.start_and_die()) == LIMIT
        assert slots(limited) == LIMIT
        limited.drain()
    assert slots(limited) == 0
    assert limited.runs() == [("succeeded", "")] * 8


def test_rejecting_budget_fails_the_run_by_name(limited: Plane) -> None:
    set_limit(limited, 1, "reject")
    limited.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    limited.send({}, {}, {})
    limited.drain()
    assert sorted(limited.runs()) == [("failed", "BUDGET_EXCEEDED")] * 2 + [("succeeded", "")]
    ((details,),) = set(limited.rows("SELECT error ->> 'details' FROM execution_run WHERE state = 'failed'"))
    assert details == '{"metric": "concurrent_runs"}'
    assert slots(limited) == 0


def test_runs_that_await_others_hold_no_slot(limited: Plane) -> None:
    """Else they hold every slot that the runs need which they await, until their time is over."""
    child = {"key": "call", "uses": "flow.run_workflow", "with": {"workflow": "child", "payload": {}}}
    note = {"key": "note", "uses": "log.write", "with": {"message": "done"}}
    limited.publish("child", [note], when={"==": [{"var": "type"}, "nothing"]})
    limited.publish("parent", [child], when={"==": [{"var": "type"}, "order.created"]})
    limited.send(*({} for _ in range(2 * LIMIT)))
    limited.drain()
    assert {state for state, _ in limited.runs()} == {"succeeded"}
    assert len(limited.runs()) == 4 * LIMIT
    assert slots(limited) == 0


def test_awaited_run_takes_a_slot_before_new_ones(limited: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automate.budgets.transitions._dice", lambda: 0)  # else a new run gets one in ten
    set_limit(limited, 1)
    first, awaited, second = new_id(), new_id(), new_id()
    with acting_for(limited.tenant), in_transaction():
        admission = budgets.admit(limited.tenant.id, [first, awaited, second], awaited={awaited})
    assert admission.admitted == [awaited]
    assert set(admission.refused) == {first, second}
    assert slots(limited) == 1
