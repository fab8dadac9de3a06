"""``runs`` in a window: exactly as many as it allows, the rest wait for the next window or are rejected by name."""

from __future__ import annotations

import pytest

from automate.budgets import claims as budgets
from automate.budgets.spending import transitions as spending
from automate.cli.checkup.queries import UNBALANCED
from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.racing import race

LIMIT, RACERS = 20, 16


def give(plane: Plane, limit: int, *, window: str = "hour", action: str = "throttle") -> None:
    plane.root.execute(
        'INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)'
        " VALUES (gen_random_uuid(), %s, 'runs', %s, %s, %s, 0, date_trunc('hour', now()))",
        plane.tenant.id, window, limit, action,
    )  # fmt: skip


def used(plane: Plane) -> list[int]:
    rows = plane.root.rows(
        "SELECT used FROM public.budget WHERE tenant_id = %s AND metric = 'runs' ORDER BY \"window\"", plane.tenant.id
    )
    return [row[0] for row in rows]


def roll(plane: Plane) -> None:
    """The window ends: what was spent was spent in one before, and what waited for its end is due."""
    plane.root.execute(
        "UPDATE public.budget SET window_start = window_start - interval '1 day', resets_at = resets_at - interval '1 day' WHERE tenant_id = %s",
        plane.tenant.id,
    )
    plane.root.execute(
        "UPDATE public.budget_entry SET window_start = window_start - interval '1 day' WHERE tenant_id = %s",
        plane.tenant.id,
    )
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE parked = 'runs'")


def spend(plane: Plane, count: int) -> list[budgets.BudgetAdmission]:
    """Racers that want so many runs in all, three at a time, each in a transaction of its own."""

    def act(racer: int) -> list[budgets.BudgetAdmission]:
        made = []
        for _ in range(racer, count, RACERS):
            with acting_for(plane.tenant), in_transaction():
                made.append(budgets.admit(plane.tenant.id, [new_id()]))
        return made

    return [admission for made in race(RACERS, act) for admission in made]


def test_racers_spend_exactly_the_limit(plane: Plane) -> None:
    give(plane, LIMIT)
    admissions = spend(plane, LIMIT + 50)
    assert sum(len(admission.admitted) for admission in admissions) == LIMIT
    refused = [refusal for admission in admissions for refusal in admission.refused.values()]
    assert len(refused) == 50
    assert all(r.metric == "runs" and not r.rejects and 0 < (r.after_seconds or 0) <= 3_600 for r in refused)
    assert used(plane) == [LIMIT]
    roll(plane)
    assert sum(len(admission.admitted) for admission in spend(plane, LIMIT + 7)) == LIMIT
    assert used(plane) == [LIMIT]


def test_racers_overspend_without_the_lock_and_the_guard(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: each counts what was used before the others committed."""
    guard = "b.action = 'alert' OR a.spent + a.held = 0 OR"
    assert "FOR UPDATE" in budgets.LOCK
    assert guard in spending.SPEND
    monkeypatch.setattr(budgets, "LOCK", budgets.LOCK.replace("id FOR UPDATE", "id"))
    monkeypatch.setattr(spending, "SPEND", spending.SPEND.replace(guard, "true OR"))
    give(plane, LIMIT)
    assert sum(len(admission.admitted) for admission in spend(plane, LIMIT + 50)) > LIMIT


def unbalanced(plane: Plane) -> list[tuple[object, ...]]:
    """The budgets of which doctor says that they differ from their ledger."""
    return [row[3:] for row in plane.root.rows(UNBALANCED) if row[0] == plane.tenant.slug]


def test_ledger_sums_to_what_racers_spent_and_were_refused(plane: Plane) -> None:
    give(plane, LIMIT)
    spend(plane, LIMIT + 50)
    assert unbalanced(plane) == []
    entries = plane.root.rows(
        "SELECT sum(e.amount)::int, sum(e.refused)::int, count(*)::int FROM public.budget_entry e WHERE e.tenant_id = %s",
        plane.tenant.id,
    )
    assert entries == [(LIMIT, 50, LIMIT + 50)]
    roll(plane)
    spend(plane, 3)
    assert (used(plane), unbalanced(plane)) == ([3], [])


def test_doctor_notices_what_is_spent_without_an_entry(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin of the ledger."""
    monkeypatch.setattr(
        spending, "SPEND", spending.SPEND.replace("WHERE e.amount <> 0 OR", "WHERE false AND e.amount <> 0 OR")
    )
    give(plane, LIMIT)
    spend(plane, 3)
    assert unbalanced(plane) == [(3, 0)]


def test_rest_waits_until_the_window_ends(plane: Plane) -> None:
    give(plane, 3)
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    plane.send(*[{}] * 8)
    plane.drain()
    waiting = ("queued", naming("budget runs"))
    assert sorted(plane.runs()) == [waiting] * 5 + [("succeeded", "")] * 3
    assert plane.root.value(
        "SELECT count(*) FROM public.outbox_job WHERE parked = 'runs' AND due_at > now() AND due_at < now() + interval '61 min'"
    ) == 5  # fmt: skip
    for left in (2, 0):
        roll(plane)
        plane.drain()
        assert plane.runs().count(waiting) == left
    assert plane.runs() == [("succeeded", "")] * 8


def test_narrower_of_two_windows_decides(plane: Plane) -> None:
    give(plane, 100, window="day")
    give(plane, 4, window="hour")
    assert sum(len(admission.admitted) for admission in spend(plane, 10)) == 4
    assert used(plane) == [4, 4]


def test_rejected_run_spends_nothing(plane: Plane) -> None:
    give(plane, 2, action="reject")
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    plane.send(*[{}] * 5)
    plane.drain()
    assert sorted(plane.runs()) == [("failed", "BUDGET_EXCEEDED")] * 3 + [("succeeded", "")] * 2
    assert used(plane) == [2]


def test_waiter_from_before_the_turn_does_not_bring_the_old_window_back(plane: Plane) -> None:
    """Somebody whose transaction is younger has spent in the new window; the late one must count there too."""
    give(plane, 2)
    ahead = "UPDATE public.budget SET used = 1, window_start = date_trunc('hour', now()) + interval '1 hour' WHERE metric = 'runs'"
    plane.root.execute(ahead)
    with acting_for(plane.tenant), in_transaction():
        assert len(budgets.admit(plane.tenant.id, [new_id(), new_id()]).admitted) == 1
    assert used(plane) == [2]
    assert plane.root.value(
        "SELECT window_start > now() FROM public.budget WHERE metric = 'runs' AND tenant_id = %s", plane.tenant.id
    )


def test_nothing_asked_locks_nothing(plane: Plane) -> None:
    from tests.support.plane import counting

    with acting_for(plane.tenant), counting() as statements:
        assert budgets.admit(plane.tenant.id, []) == budgets.BudgetAdmission()
    assert statements == []


@pytest.mark.parametrize("metric", ["runs", "concurrent_runs"])
def test_tenant_without_a_budget_is_not_held(plane: Plane, metric: str) -> None:
    plane.root.execute("DELETE FROM public.budget WHERE tenant_id = %s AND metric = %s", plane.tenant.id, metric)
    plane.publish("one", [{"key": "note", "uses": "log.write", "with": {"message": "x"}}])
    plane.send(*[{}] * 9)
    plane.drain()
    assert plane.runs() == [("succeeded", "")] * 9
    assert plane.root.value("SELECT count(*) FROM public.budget_slot") == 0
