"""``THROTTLE`` on ``events``: all are accepted, as many as the limit are matched in a window, and the others wait, oldest first."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from automate.budgets.delayed import transitions as delayed
from automate.budgets.spending import claims as counted
from automate.budgets.spending import transitions as spending
from automate.events import delaying
from automate.events.services import NewEvent, record_events
from automate.kernel.principals import Principal, acting_as
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.runs.matching import match_events
from tests.execution.test_budgets_runs import unbalanced
from tests.support.plane import TRACE, Plane, counting
from tests.support.racing import race

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
GIVE = """
INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)
VALUES (gen_random_uuid(), %s, 'events', %s, %s, %s, 0, date_trunc('hour', now()))
"""
PARKED = "SELECT count(*) FROM public.outbox_job WHERE parked = 'events' AND state = 'pending' AND due_at > now()"


def give(plane: Plane, limit: int, *, window: str = "hour", action: str = "throttle") -> None:
    plane.root.execute(GIVE, plane.tenant.id, window, limit, action)


def change(plane: Plane, limit: int) -> None:
    plane.root.execute(
        "UPDATE public.budget SET \"limit\" = %s WHERE tenant_id = %s AND metric = 'events'", limit, plane.tenant.id
    )


def roll(plane: Plane) -> None:
    """The window ends, and with it the wait of the event that is first."""
    for table, moved in (
        ("budget", "resets_at = resets_at - interval '1 day'"),
        ("budget_entry", "made_at = made_at"),
    ):
        plane.root.execute(
            f"UPDATE public.{table} SET window_start = window_start - interval '1 day', {moved} WHERE tenant_id = %s",
            plane.tenant.id,
        )
    plane.root.execute(
        "UPDATE public.outbox_job SET due_at = now() WHERE id = (SELECT min(id::text)::uuid FROM public.outbox_job WHERE parked = 'events')"
    )


def used(plane: Plane) -> list[int]:
    rows = plane.root.rows(
        "SELECT used FROM public.budget WHERE tenant_id = %s AND metric = 'events' ORDER BY \"window\"", plane.tenant.id
    )
    return [row[0] for row in rows]


def matched(plane: Plane) -> list[uuid.UUID]:
    rows = plane.rows(
        "SELECT e.id FROM event e WHERE e.type <> 'budget.threshold' AND e.id IN (SELECT event_id FROM rule_match) ORDER BY e.id"
    )
    return [row[0] for row in rows]


def test_events_beyond_the_limit_wait_oldest_first(plane: Plane) -> None:
    give(plane, 3)
    plane.publish("one", NOTE)
    events = plane.send(*[{}] * 8)
    plane.drain()
    assert matched(plane) == events[:3]
    assert plane.run_states() == ["succeeded"] * 3
    assert plane.root.value(PARKED) == 5
    plane.drain()
    assert matched(plane) == events[:3]
    for count in (6, 8):
        roll(plane)
        plane.drain()
        assert matched(plane) == events[:count]
    assert (used(plane), unbalanced(plane)) == ([2], [])
    assert plane.run_states() == ["succeeded"] * 8


def test_event_that_waits_goes_before_newer_ones(plane: Plane) -> None:
    """Also in a worker that has only newer events in hand."""
    give(plane, 2)
    plane.publish("one", NOTE)
    old = plane.send(*[{}] * 5)
    plane.drain()
    roll(plane)
    new = plane.send({}, {})
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() + interval '1 hour' WHERE parked = 'events'")
    jobs = plane.claim()
    assert [job.subject_id for job in jobs] == new
    with acting_for(plane.tenant):
        match_events(plane.run_set(), jobs)
    assert matched(plane) == old[:2]
    plane.drain()
    assert matched(plane) == old[:4]
    for count in (6, 7):
        roll(plane)
        plane.drain()
        assert matched(plane) == [*old, *new][:count]


def test_times_of_waiting_events_are_spread_over_the_windows(plane: Plane) -> None:
    """Otherwise each window would begin with the question of every event that waits."""
    give(plane, 2)
    plane.publish("one", NOTE)
    plane.send(*[{}] * 12)
    plane.drain()
    plane.send(*[{}] * 2)
    plane.drain()
    due = plane.root.rows(
        "SELECT extract(epoch FROM due_at - min(due_at) OVER ())::int FROM public.outbox_job WHERE parked = 'events' ORDER BY id"
    )
    assert [seconds for (seconds,) in due] == [1_800 * place for place in range(12)]


def test_raised_limit_matches_what_fits_and_no_budget_all(plane: Plane) -> None:
    give(plane, 0)
    plane.publish("one", NOTE)
    events = plane.send(*[{}] * 5)
    plane.drain()
    assert matched(plane) == []
    change(plane, 2)
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE id = %s", events[4])
    plane.drain()
    assert matched(plane) == events[:2]


def test_raised_limit_holds_from_the_next_window_on(plane: Plane) -> None:
    """The times at which events ask were spread by the old limit."""
    give(plane, 1)
    plane.publish("one", NOTE)
    events = plane.send(*[{}] * 9)
    plane.drain()
    change(plane, 3)
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE id = %s", events[1])
    plane.drain()
    assert matched(plane) == events[:3]
    ends = plane.root.value("SELECT resets_at FROM public.budget WHERE metric = 'events'")
    asks = plane.root.value("SELECT min(due_at) FROM public.outbox_job WHERE parked = 'events'")
    assert abs((asks - ends).total_seconds()) < 1
    roll(plane)
    plane.drain()
    assert matched(plane) == events[:6]


def test_new_wait_does_not_see_an_event_that_waits(plane: Plane) -> None:
    wait = {"key": "wait", "uses": "flow.wait_for_event", "with": {"type": "paid"}}
    plane.publish("waits", [wait], when={"==": [{"var": "type"}, "x"]})
    give(plane, 1)
    plane.send({}, kind="x")
    (paid,) = plane.send({}, kind="paid")
    jobs = {job.subject_id: job for job in plane.claim()}
    with acting_for(plane.tenant):
        match_events(plane.run_set(), list(jobs.values()))
    assert plane.root.value(PARKED) == 1
    plane.root.expire_leases()
    plane.drain()
    assert plane.run_states() == ["waiting"]
    change(plane, 2)
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE id = %s", paid)
    plane.drain()
    assert plane.run_states() == ["succeeded"]


def test_events_of_the_platform_are_not_counted(plane: Plane) -> None:
    give(plane, 1)
    plane.publish(
        "emits",
        [{"key": "e", "uses": "flow.emit_event", "with": {"type": "y", "payload": {}}}],
        when={"==": [{"var": "type"}, "x"]},
    )
    plane.publish("told", NOTE, when={"in": [{"var": "type"}, ["y", "budget.threshold"]]})
    plane.send({}, {}, kind="x")
    plane.drain()
    # One of y, and two of budget.threshold: 80 % and 100 % of one.
    assert plane.run_states() == ["succeeded"] * 4
    assert used(plane) == [1]


def test_narrower_of_two_windows_decides(plane: Plane) -> None:
    give(plane, 100, window="day")
    give(plane, 4)
    plane.publish("one", NOTE)
    events = plane.send(*[{}] * 10)
    plane.drain()
    assert (matched(plane), used(plane)) == (events[:4], [4, 4])


def test_each_event_is_counted_where_its_budget_counts(plane: Plane) -> None:
    """REJECT and ALERT count what is received, THROTTLE what is matched."""
    give(plane, 2, window="hour")
    give(plane, 100, window="day", action="alert")
    plane.publish("one", NOTE)
    with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
        ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
        events = [NewEvent(source_id=source, type="x", body=b"{}", trace_id=TRACE) for _ in range(5)]
        record_events(events, audited=False, refusable=True)
    assert used(plane) == [5, 0]
    plane.drain()
    assert used(plane) == [5, 2]


def test_worker_that_dies_counts_nothing(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    give(plane, 2)
    plane.publish("one", NOTE)
    events = plane.send(*[{}] * 4)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("automate.runs.matching.rules.write_decisions", die)
        with pytest.raises(KeyboardInterrupt):
            plane.start_and_die()
    plane.root.expire_leases()
    assert (matched(plane), used(plane)) == ([], [0])
    plane.drain()
    assert (matched(plane), used(plane), unbalanced(plane)) == (events[:2], [2], [])


def test_wait_of_a_run_is_ended_by_a_matched_event_alone(plane: Plane) -> None:
    wait = {"key": "wait", "uses": "flow.wait_for_event", "with": {"type": "paid"}}
    plane.publish("waits", [wait], when={"==": [{"var": "type"}, "x"]})
    plane.send({}, kind="x")
    plane.drain()
    give(plane, 0)
    plane.send({}, kind="paid")
    plane.drain()
    assert plane.run_states() == ["waiting"]
    change(plane, 1)
    roll(plane)
    plane.drain()
    assert plane.run_states() == ["succeeded"]


def statements(plane: Plane) -> tuple[list[str], list[str]]:
    """Those that accept an event, and those that match it."""
    with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
        ((source,),) = fetch("SELECT id FROM source WHERE slug = 'api'")
        event = NewEvent(source_id=source, type="x", body=b"{}", trace_id=TRACE)
        with counting() as accepting:
            record_events([event], audited=False, refusable=True)
    jobs = plane.claim()
    with acting_for(plane.tenant), counting() as matching:
        match_events(plane.run_set(), jobs)
    return [words for words, _ in accepting], [words for words, _ in matching]


def test_only_tenants_with_such_a_budget_pay(plane: Plane) -> None:
    plane.publish("one", NOTE)
    statements(plane)
    without = statements(plane)
    give(plane, 10)
    accepting, matching = statements(plane)
    assert accepting == without[0]
    assert len(matching) - len(without[1]) == 5, (
        "the fence, the lock, the events before, the awaited values, and the count"
    )
    plane.root.execute("DELETE FROM public.budget WHERE tenant_id = %s AND metric = 'events'", plane.tenant.id)
    assert statements(plane) == without


LIMIT, RACERS, WANTED = 12, 8, 20


def match_at_once(plane: Plane) -> int:
    """Racers that match one event after another. Returns how many were matched."""
    plane.publish("one", NOTE)
    plane.send(*[{}] * WANTED)
    jobs = plane.claim_all()

    def act(racer: int) -> None:
        with acting_for(plane.tenant):
            for job in jobs[racer::RACERS]:
                match_events(plane.run_set(), [job])

    race(RACERS, act)
    return len(matched(plane))


def test_racers_match_exactly_the_limit(plane: Plane) -> None:
    give(plane, LIMIT)
    assert match_at_once(plane) == LIMIT
    assert (used(plane), unbalanced(plane)) == ([LIMIT], [])
    assert plane.root.value(PARKED) == WANTED - LIMIT


def test_racers_match_too_many_without_the_lock_and_the_guard(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    guard = "b.action = 'alert' OR a.spent + a.held = 0 OR"
    assert "id FOR UPDATE" in counted.LOCK_DELAYING
    assert guard in spending.SPEND
    monkeypatch.setattr(
        counted, "LOCK_DELAYING", counted.LOCK_DELAYING.replace("id FOR UPDATE", "id, pg_sleep(0.05)::text")
    )
    monkeypatch.setattr(spending, "SPEND", spending.SPEND.replace(guard, "true OR"))
    give(plane, LIMIT)
    assert match_at_once(plane) > LIMIT


def test_newer_event_would_go_first_without_the_look_at_older_ones(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sabotaged twin of the order."""
    monkeypatch.setattr(delayed, "oldest", lambda *_: [])
    with pytest.raises(AssertionError):
        test_event_that_waits_goes_before_newer_ones(plane)


def test_long_line_is_read_in_parts(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delaying, "MOST_AHEAD", 2)
    give(plane, 0)
    plane.publish("one", NOTE)
    events = plane.send(*[{}] * 9)
    plane.drain()
    change(plane, 7)
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() WHERE id = %s", events[8])
    plane.drain()
    assert matched(plane) == events[:7]
