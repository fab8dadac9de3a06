"""Rounds that are planned without the lock, because budgets have ample room: what others spend meanwhile still counts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from automate.budgets import claims
from automate.budgets import transitions as slots
from automate.budgets.spending import transitions as spending
from automate.budgets.spending.transitions import Spending
from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs import meter
from automate.runs.matching import match_events
from automate.runs.meter import BudgetMeter
from automate.runs.run_set import RunSet
from tenants import directory
from tests.execution.test_budgets_metered import CALL, put, used
from tests.execution.test_budgets_reserved import balances
from tests.execution.test_budgets_small_races import GUARDS
from tests.support.api import Api
from tests.support.plane import Plane, Scripted, connectors, counting
from tests.support.racing import race

LIMIT = 5_000
CALLS = {"metric": "CALLS", "window": "DAY", "limit": LIMIT}
SPEND_ALL = f"UPDATE public.budget SET used = {LIMIT} WHERE tenant_id = %s AND metric = 'calls'"
LEDGER = """
INSERT INTO public.budget_entry (id, tenant_id, budget_id, window_start, kind, amount, refused, made_at)
SELECT gen_random_uuid(), tenant_id, id, window_start, 'settle', used, 0, now() FROM public.budget
WHERE tenant_id = %s AND metric = 'calls'
"""
DELAYED: list[dict[str, Any]] = [
    {"key": "later", "uses": "flow.delay", "with": {"seconds": 60}},
    {**CALL, "needs": ["later"]},
]


@pytest.fixture
def api(tenant: Any) -> Api:
    return Api(tenant.token)


def knowing(plane: Plane) -> RunSet:
    """Of a worker that has just read the budgets."""
    run_set = plane.run_set()
    with acting_for(plane.tenant):
        run_set.meter.refresh(metered=True, priced=False)
    assert run_set.meter.ample
    return run_set


def begin_new(plane: Plane, spent: Callable[[], None]) -> int:
    """An event that starts a run. Returns how many calls leave."""
    plane.publish("one", [CALL])
    plane.send({})
    jobs = plane.claim()
    run_set = knowing(plane)
    spent()
    with acting_for(plane.tenant):
        return len(match_events(run_set, jobs))


def resume(plane: Plane, spent: Callable[[], None]) -> int:
    """A run that has waited. Returns how many calls leave."""
    plane.publish("one", DELAYED)
    plane.send({})
    plane.drain()
    plane.pass_seconds(61)
    jobs = plane.claim()
    run_set = knowing(plane)
    spent()
    with acting_for(plane.tenant):
        return len(run_set.take(jobs))


WAYS = pytest.mark.parametrize("way", [begin_new, resume])
Way = Callable[[Plane, Callable[[], None]], int]


def spend_all(plane: Plane) -> Callable[[], None]:
    def spent() -> None:
        plane.root.execute(SPEND_ALL, plane.tenant.id)
        plane.root.execute(LEDGER, plane.tenant.id)

    return spent


@WAYS
@pytest.mark.parametrize("action", ["THROTTLE", "REJECT"])
def test_room_that_others_have_spent_is_asked_again_under_the_lock(
    plane: Plane, api: Api, way: Way, action: str
) -> None:
    put(api, **CALLS, action=action)
    with connectors(Scripted()):
        assert way(plane, spend_all(plane)) == 0
    assert used(plane) == {"calls": LIMIT}
    assert plane.run_states() == ["waiting" if action == "THROTTLE" else "failed"]
    assert plane.effects() == []


@WAYS
def test_room_that_others_have_spent_is_spent_again_without_the_guard(
    plane: Plane, api: Api, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin."""
    for name, guard in GUARDS.items():
        monkeypatch.setattr(spending, name, getattr(spending, name).replace(guard, "true OR"))
    put(api, **CALLS)
    with connectors(Scripted()):
        assert way(plane, spend_all(plane)) == 1
    assert used(plane) == {"calls": LIMIT + 1}


@WAYS
def test_call_that_is_planned_before_a_window_ends_is_reserved_in_the_next_one(
    plane: Plane, api: Api, way: Way
) -> None:
    put(api, **CALLS)
    window = "UPDATE public.budget SET {} WHERE tenant_id = %s AND metric = 'calls'"
    plane.root.execute(window.format("window_start = window_start - interval '1 day'"), plane.tenant.id)

    def end() -> None:
        plane.root.execute(window.format("resets_at = now()"), plane.tenant.id)

    with connectors(Scripted()):
        assert way(plane, end) == 1
        assert balances(plane) == {"calls": (0, 1)}
        plane.root.expire_leases()
        plane.drain()
    assert balances(plane) == {"calls": (1, 0)}


def locks(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each admission locked the budgets of calls."""
    seen: list[bool] = []
    know = BudgetMeter.know

    def known(this: BudgetMeter, budgets: Any, *, locked: bool = False) -> None:
        seen.append(locked)
        know(this, budgets, locked=locked)

    with monkeypatch.context() as patched:
        patched.setattr(BudgetMeter, "know", known)
        plane.send(*[{}] * 3)
        plane.drain()
    return seen


def test_new_runs_lock_only_budgets_without_ample_room(plane: Plane, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    put(api, **CALLS)
    directory.forget(plane.tenant.id, plane.tenant.slug)
    plane.publish("one", [{"key": "a", "uses": "log.write", "with": {"message": "x"}}])
    assert not any(locks(plane, monkeypatch))
    put(api, **{**CALLS, "limit": meter.AMPLE})
    assert any(locks(plane, monkeypatch))


def test_budgets_are_spent_in_the_round_trip_that_writes_the_steps(plane: Plane, api: Api) -> None:
    put(api, **CALLS)
    put(api, metric="RUNS", window="DAY", limit=LIMIT)
    plane.publish("one", [{"key": "a", "uses": "log.write", "with": {"message": "x"}}])
    plane.send({})
    plane.drain()
    plane.send({})
    with counting() as seen:
        plane.work()
    words = [each for each, _ in seen]
    spent = words.index("WITH held AS")
    assert words[spent - 1] == "INSERT INTO run_log"
    assert "WITH asked AS" not in words
    assert used(plane) == {"calls": 2, "runs": 2}


BLOCKED = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%budget%'"
GIVE = """
INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)
VALUES (%s, %s, %s, 'day', 1000, 'throttle', 0, now())
"""


def admit_beside(plane: Plane) -> list[object]:
    """One transaction admits without the budgets of calls and spends them later; another one locks all from the start.

    The ids are in the opposite order. Returns what each did or raised.
    """
    calls, runs = sorted([new_id(), new_id()])
    plane.root.execute("DELETE FROM public.budget WHERE tenant_id = %s", plane.tenant.id)
    plane.root.execute(GIVE, calls, plane.tenant.id, "calls")
    plane.root.execute(GIVE, runs, plane.tenant.id, "runs")
    holds = threading.Event()

    def act(racer: int) -> int:
        with acting_for(plane.tenant), in_transaction():
            if racer == 0:
                admission = claims.admit(plane.tenant.id, [new_id()], newborn=True, metered=False)
                holds.set()
                plane.until(lambda: plane.root.value(BLOCKED))
                Spending({calls: 1}).spend()
            else:
                assert holds.wait(30)
                admission = claims.admit(plane.tenant.id, [new_id()], newborn=True)
            return len(admission.admitted)

    return race(2, act)


def test_admissions_with_and_without_the_lock_do_not_deadlock(plane: Plane) -> None:
    assert admit_beside(plane) == [1, 1]


def test_admissions_deadlock_if_locks_follow_the_ids(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    assert slots.LOCK_ORDER in claims.LOCK
    monkeypatch.setattr(claims, "LOCK", claims.LOCK.replace(slots.LOCK_ORDER, "id"))
    assert any(isinstance(done, OperationalError) for done in admit_beside(plane))
