"""Transactions that move several budgets lock them in one order, so racers never deadlock."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from automate.budgets.spending import claims as counted
from automate.budgets.spending import transitions as spending
from automate.budgets.spending.transitions import Spending
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.runs.matching import match_events
from tests.execution.test_budgets_delayed import NOTE, RACERS, give, used
from tests.execution.test_budgets_runs import unbalanced
from tests.support.plane import Plane
from tests.support.racing import race

LATER = "2030-01-01T00:00:00+00:00"
"""The start of a window to which no budget belongs."""


def cross(plane: Plane, *, several_windows: bool) -> list[object]:
    """Racers that reserve, settle and release amounts of the same budgets, named in either order."""
    give = (
        'INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)'
        " VALUES (gen_random_uuid(), %s, 'calls', %s, 1000000, 'reject', 0, date_trunc('day', now())) RETURNING id"
    )
    ids = [plane.root.value(give, plane.tenant.id, window) for window in ("hour", "day", "month")]

    def act(racer: int) -> None:
        mine = ids[:: 1 if racer % 2 else -1]
        for _ in range(10):
            with acting_for(plane.tenant), in_transaction():
                view = {budget.id: budget.started for budget in counted.read_metered(plane.tenant.id)}
            with acting_for(plane.tenant), in_transaction():
                Spending({}, {one: (view[one], 2) for one in mine}).spend()
            ends = {
                (one, LATER if several_windows and late else view[one]): [1, 1]
                for one in mine
                for late in (True, False)
            }
            with acting_for(plane.tenant), in_transaction():
                Spending({}, ends=ends).spend()

    return race(8, act)


@pytest.mark.parametrize("windows", [1, 2])
def test_crossed_budgets_do_not_deadlock(plane: Plane, windows: int) -> None:
    assert cross(plane, several_windows=windows > 1) == [None] * 8
    assert unbalanced(plane) == []
    rows = plane.root.rows("SELECT used FROM public.budget WHERE tenant_id = %s AND metric = 'calls'", plane.tenant.id)
    assert rows == [(80,)] * 3


@pytest.mark.parametrize("name", ["LOCK_ROWS", "MOVE_PLAINLY"])
def test_crossed_budgets_deadlock_without_the_order(plane: Plane, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The sabotaged twin."""
    statement = getattr(spending, name)
    ordered = {"LOCK_ROWS": "ORDER BY id FOR UPDATE", "MOVE_PLAINLY": "ORDER BY b.id FOR UPDATE OF b"}[name]
    column = "id" if name == "LOCK_ROWS" else "b.id"
    shuffled = ordered.replace(
        f"ORDER BY {column}", f"ORDER BY md5({column}::text || random()::text), pg_sleep(0.01)::text"
    )
    assert ordered in statement
    monkeypatch.setattr(spending, name, statement.replace(ordered, shuffled))
    assert any(isinstance(done, OperationalError) for done in cross(plane, several_windows=name == "LOCK_ROWS"))


def match_beside_each_other(plane: Plane) -> list[object]:
    """Racers that count the same events in three budgets."""
    for window in ("hour", "day", "month"):
        give(plane, 1_000, window=window)
    plane.publish("one", NOTE)
    plane.send(*[{}] * 5 * RACERS)
    jobs = plane.claim_all()

    def act(racer: int) -> None:
        with acting_for(plane.tenant):
            for job in jobs[racer::RACERS]:
                match_events(plane.run_set(), [job])

    return race(RACERS, act)


def test_racers_lock_budgets_in_one_order(plane: Plane) -> None:
    assert match_beside_each_other(plane) == [None] * RACERS
    assert (used(plane), unbalanced(plane)) == ([5 * RACERS] * 3, [])


def test_racers_deadlock_without_the_order(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    ordered = "ORDER BY id FOR UPDATE"
    assert ordered in counted.LOCK_DELAYING
    shuffled = "ORDER BY md5(id::text || random()::text), pg_sleep(0.01)::text FOR UPDATE"
    monkeypatch.setattr(counted, "LOCK_DELAYING", counted.LOCK_DELAYING.replace(ordered, shuffled))
    assert any(isinstance(done, OperationalError) for done in match_beside_each_other(plane))
