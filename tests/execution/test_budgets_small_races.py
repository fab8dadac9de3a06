"""Small races for the fast set: racers spend budgets of events, steps and calls, each way in which they are spent."""

from __future__ import annotations

import uuid

import pytest

from automate.budgets.spending import claims as counted
from automate.budgets.spending import transitions as spending
from automate.budgets.spending.transitions import OverspentError, Spending
from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from tests.execution.test_budgets_runs import unbalanced
from tests.support.plane import TRACE, Plane
from tests.support.racing import race

LIMIT, RACERS, WANTED = 12, 8, 20
GIVE = """
INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)
VALUES (gen_random_uuid(), %s, %s, %s, %s, 'reject', 0, date_trunc('hour', now())) RETURNING id
"""
GUARD = "b.action = 'alert' OR a.spent + a.held = 0 OR"
GUARDS = {"SPEND": GUARD, "MOVE_PLAINLY": "b.action = 'alert' OR"}


def give(plane: Plane, metric: str, *windows: str) -> list[uuid.UUID]:
    return [plane.root.value(GIVE, plane.tenant.id, metric, window, LIMIT) for window in windows]


def used(plane: Plane) -> set[int]:
    return {
        row[0]
        for row in plane.root.rows(
            "SELECT used FROM public.budget WHERE tenant_id = %s AND \"window\" <> 'always'", plane.tenant.id
        )
    }


def spend_one(plane: Plane, ids: list[uuid.UUID]) -> bool:
    """One call of a run that is planned without the lock. Budgets are named in either order."""
    try:
        with acting_for(plane.tenant), in_transaction():
            Spending(dict.fromkeys(ids, 1)).spend()
    except OverspentError:
        return False
    return True


def spent(plane: Plane, ids: list[uuid.UUID]) -> int:
    made = race(
        RACERS, lambda racer: [spend_one(plane, ids[:: 1 if racer % 2 else -1]) for _ in range(racer, WANTED, RACERS)]
    )
    return sum(done for racer in made for done in racer)


def test_calls_that_are_planned_without_the_lock_never_pass_the_limit(plane: Plane) -> None:
    ids = give(plane, "calls", "day", "month") + give(plane, "steps", "hour")
    assert spent(plane, ids) == LIMIT
    assert (used(plane), unbalanced(plane)) == ({LIMIT}, [])


LARGE = 7
"""More than half of LIMIT, and less than its first threshold: two racers may not both spend so much."""


def spent_largely(plane: Plane) -> int:
    ids = give(plane, "cost", "day", "month")

    def one(racer: int) -> bool:
        try:
            with acting_for(plane.tenant), in_transaction():
                Spending(dict.fromkeys(ids[:: 1 if racer % 2 else -1], LARGE)).spend()
        except OverspentError:
            return False
        return True

    return sum(race(RACERS, one))


def test_large_amounts_do_not_pass_the_limit_together(plane: Plane) -> None:
    """The usual statement decides by the rows as they are after it has waited for them."""
    assert spent_largely(plane) == 1
    assert (used(plane), unbalanced(plane)) == ({LARGE}, [])


def test_large_amounts_pass_the_limit_together_without_the_lock(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: each decides by the rows as they were before the others committed."""
    lock = "ORDER BY b.id FOR UPDATE OF b"
    assert lock in spending.MOVE_PLAINLY
    late = "ORDER BY b.id, pg_sleep(0.05)::text"
    monkeypatch.setattr(spending, "MOVE_PLAINLY", spending.MOVE_PLAINLY.replace(lock, late))
    assert spent_largely(plane) > 1


def test_each_threshold_is_reached_once(plane: Plane) -> None:
    ids = give(plane, "calls", "day", "month")

    def one(racer: int) -> list[int]:
        reached = []
        for _ in range(racer, LIMIT, RACERS):
            with acting_for(plane.tenant), in_transaction():
                reached += [crossing.percent for crossing in Spending(dict.fromkeys(ids, 1)).spend()]
        return reached

    assert sorted(percent for made in race(RACERS, one) for percent in made) == [80, 80, 100, 100]


def test_calls_overspend_without_the_guard(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    for name, guard in GUARDS.items():
        statement = getattr(spending, name)
        assert guard in statement
        monkeypatch.setattr(spending, name, statement.replace(guard, "true OR"))
    assert spent(plane, give(plane, "calls", "day")) > LIMIT


def bring(plane: Plane) -> int:
    """Racers that send events, one at a time. Returns how many were accepted."""

    def one() -> bool:
        with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
            ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
            event = NewEvent(source_id=source, type="x", body=b"{}", trace_id=TRACE, depth=0)
            try:
                record_events([event], audited=False, refusable=True)
            except NormalizedError:
                return False
            return True

    made = race(RACERS, lambda racer: [one() for _ in range(racer, WANTED, RACERS)])
    return sum(done for racer in made for done in racer)


def test_events_never_pass_the_limit(plane: Plane) -> None:
    give(plane, "events", "day")
    assert bring(plane) == LIMIT
    assert plane.rows("SELECT count(*) FROM event WHERE type = 'x'") == [(LIMIT,)]
    assert (used(plane), unbalanced(plane)) == ({LIMIT}, [])


def test_events_overspend_without_the_lock_and_the_guard(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    assert "ORDER BY id FOR UPDATE" in counted.LOCK_EVENTS
    monkeypatch.setattr(counted, "LOCK_EVENTS", counted.LOCK_EVENTS.replace("ORDER BY id FOR UPDATE", "ORDER BY id"))
    monkeypatch.setattr(spending, "SPEND", spending.SPEND.replace(GUARD, "true OR"))
    give(plane, "events", "day")
    assert bring(plane) > LIMIT
