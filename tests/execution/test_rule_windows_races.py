"""Several workers at once, late workers, repeated messages and crashes: each match counts once in its window."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from actors.relay.main import batches
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.rules.windows import taking, transitions
from automate.runs.matching import match_events
from tests.support.plane import BEGIN, Plane, counting, work_off
from tests.support.racing import race
from tests.support.windows import KEY, NOTE, accept, clock, come, pass_until, started, windows

WORKERS, EVENTS = 6, 48
OPTIONS: dict[str, dict[str, Any]] = {
    "rate_limit": {"rate_limit": {"limit": 5, "period_seconds": 3_600, "key": KEY}},
    "debounce": {"debounce": {"period_seconds": 30, "key": KEY}},
    "count": {"count": {"at_least": EVENTS, "within_seconds": 3_600, "key": KEY}},
    "throttle": {"throttle": {"limit": 1, "period_seconds": 3_600, "key": KEY}},
    "absence": {"absence": {"unless": False, "within_seconds": 30, "key": KEY}},
}
STARTED = {"rate_limit": 5, "debounce": 1, "count": 1, "throttle": EVENTS, "absence": 1}
TAKEN = {"rate_limit": EVENTS, "debounce": EVENTS, "count": EVENTS, "throttle": EVENTS - 1, "absence": EVENTS}


def contend(plane: Plane, name: str) -> None:
    """Every worker takes jobs of its own, and they match at once."""
    plane.publish("one", NOTE, options=OPTIONS[name])
    accept(plane, 0, *({"n": n, "customer": "acme"} for n in range(EVENTS)))
    ids = [job.id for job in plane.dispatch(window=EVENTS)]
    assert len(ids) == EVENTS
    parts = [ids[number::WORKERS] for number in range(WORKERS)]

    def act(number: int) -> None:
        for start in range(0, len(parts[number]), 2):
            work_off(plane.tenant.id, parts[number][start : start + 2], match_events)

    with clock(0):
        assert race(WORKERS, act) == [None] * WORKERS
    plane.drain()
    pass_until(plane, 60)
    assert len(started(plane)) == STARTED[name]
    assert [matches for *_, matches in windows(plane)] == [TAKEN[name]]
    assert plane.rows("SELECT count(*) FROM decision") == [(EVENTS,)]


@pytest.mark.parametrize("name", list(OPTIONS))
def test_workers_that_match_one_key_at_once_count_exactly(plane: Plane, name: str) -> None:
    contend(plane, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rate_limit", "throttle"])
def test_workers_that_take_no_lock_are_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(transitions, "lock", lambda _rules: None)
    with pytest.raises(AssertionError):
        contend(plane, name)


@pytest.mark.parametrize("name", list(OPTIONS))
def test_late_worker_counts_nothing(plane: Plane, name: str) -> None:
    """Two hold the same jobs, the first one's lease having ended; both match them at once."""
    plane.publish("one", NOTE, options=OPTIONS[name])
    accept(plane, 0, *({"n": n, "customer": "acme"} for n in range(8)))
    late = plane.claim()
    plane.root.expire_leases()
    now = plane.claim()
    assert len(late) == len(now) == 8

    def act(number: int) -> None:
        with acting_for(plane.tenant):
            match_events(plane.run_set(), [late, now][number])

    with clock(0):
        assert race(2, act) == [None, None]
        assert race(2, act) == [None, None]
    assert [matches for *_, matches in windows(plane)] == [8 if name != "throttle" else 7]
    assert plane.rows("SELECT count(*) FROM decision") == [(8,)]


@pytest.mark.parametrize("dies_in", ["set_timers", "write", "queue_or_open", "commit"])
@pytest.mark.parametrize(
    "name", [name if name == "throttle" else pytest.param(name, marks=pytest.mark.slow) for name in OPTIONS]
)
def test_worker_that_is_lost_while_it_matches_leaves_nothing(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, dies_in: str, name: str
) -> None:
    plane.publish("one", NOTE, options=OPTIONS[name])
    accept(plane, 0, {"n": 0, "customer": "acme"}, {"n": 1, "customer": "acme"})
    jobs = plane.claim()

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with acting_for(plane.tenant), monkeypatch.context() as patch, clock(0):
        run_set = plane.run_set()
        places: dict[str, tuple[Any, str]] = {
            "set_timers": (taking, "set_timers"),
            "write": (transitions, "write"),
            "queue_or_open": (claims, "last_error"),
            "commit": (run_set, "opened"),
        }
        if dies_in in {"queue_or_open", "commit"}:
            from automate.rules import matching as rules

            patch.setattr(rules, "write_decisions", die)
        else:
            patch.setattr(*places[dies_in], die)
        with pytest.raises(KeyboardInterrupt):
            match_events(run_set, jobs)
    assert windows(plane) == []
    assert plane.rows("SELECT count(*) FROM decision") == [(0,)]
    plane.root.expire_leases()
    with clock(1):
        plane.drain()
    assert [matches for *_, matches in windows(plane)] == [2 if name != "throttle" else 1]


@pytest.mark.parametrize("name", ["debounce", "absence", "throttle"])
def test_timer_of_a_lost_worker_fires_once(plane: Plane, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    plane.publish("one", NOTE, options=OPTIONS[name])
    come(plane, 0, {"n": 0, "customer": "acme"}, {"n": 1, "customer": "acme"})
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() - interval '1 hour' WHERE topic = 'rule.window'")
    with clock(7_200):
        late = plane.claim()
        plane.root.expire_leases()
        now = plane.claim()
        assert len(late) == len(now) == 1

        def act(number: int) -> None:
            with acting_for(plane.tenant):
                BEGIN["rule.window"](plane.run_set(), [late, now][number])

        assert race(2, act) == [None, None]
        plane.drain()
    assert len(started(plane)) == (2 if name == "throttle" else 1)
    assert [state for state, _ in plane.runs()] == ["succeeded"] * (2 if name == "throttle" else 1)


@pytest.mark.slow
def test_match_and_timer_at_once_lose_no_event(plane: Plane) -> None:
    """Whichever is first: the event is taken by the run that fires, or opens the next window."""
    plane.publish("one", NOTE, options=OPTIONS["debounce"])
    events = []
    for number in range(12):
        at = number * 1_000
        events += come(plane, at, {"n": number, "customer": "acme"})
        plane.root.execute(
            "UPDATE public.outbox_job SET due_at = now() - interval '1 hour' WHERE topic = 'rule.window' AND open"
        )
        events += accept(plane, at + 30, {"n": number + 100, "customer": "acme"})
        jobs = plane.dispatch()

        def act(which: int) -> None:
            for job in jobs:  # noqa: B023 - used within the loop
                if (job.topic == "rule.window") == bool(which):
                    work_off(plane.tenant.id, [job.id], BEGIN[job.topic])

        with clock(at + 30):
            assert race(2, act) == [None, None]
    pass_until(plane, 100_000)
    took = Counter(
        plane.rows(
            "SELECT w.run_id, r.id IS NOT NULL FROM decision d JOIN rule_window w ON w.id = d.window_id"
            " LEFT JOIN execution_run r ON r.id = w.run_id"
        )
    )
    assert sum(took.values()) == len(events) == 24
    assert all(made for _, made in took)
    assert {matches for *_, matches in windows(plane)} <= {1, 2}


def rush(plane: Plane) -> None:
    """Work until nothing is due, a hundred jobs to a message."""
    while jobs := plane.dispatch(window=1_000, room=1_000):
        for batch in batches(jobs, 100):
            work_off(plane.tenant.id, [job.id for job in batch], BEGIN[batch[0].topic])


@pytest.mark.slow
def test_thousand_keys_of_one_rule(plane: Plane) -> None:
    plane.publish("one", NOTE, options=OPTIONS["debounce"])
    for start in range(0, 1_000, 100):
        accept(plane, 0, *({"n": n, "customer": f"c{n}"} for n in range(start, start + 100)))
    with clock(0):
        rush(plane)
    assert plane.rows("SELECT count(*), count(DISTINCT digest) FROM rule_window WHERE open") == [(1_000, 1_000)]
    plane.root.execute("UPDATE public.outbox_job SET due_at = now() - interval '1 hour' WHERE topic = 'rule.window'")
    with clock(30):
        rush(plane)
    assert plane.rows("SELECT count(*), count(DISTINCT event_id) FROM execution_run WHERE state = 'succeeded'") == [
        (1_000, 1_000)
    ]


WINDOWS = [
    ("SELECT pg_advisory_xact_lock(lock) FROM", True),
    ("SELECT timestamptz '2027-03-01T00:00:00+00:00',", True),  # the windows, and what time it is
]
OPENS = [("WITH lapsed AS", True), ("SELECT count(*) FROM", True)]
WRITES = ("INSERT INTO rule_window", True)
TIMER = ("INSERT INTO outbox_job", True)


@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.parametrize("name", ["rate_limit", "debounce", "count"])
def test_windows_of_a_set_cost_three_statements(
    plane: Plane, count: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two more where some are opened, and one where they have timers; whatever the number of events, keys and matches."""
    monkeypatch.setattr(transitions, "SETS_PER_FORGETTING", 10**9)
    plane.publish("one", NOTE, options=OPTIONS[name])

    def spent() -> list[tuple[str, bool]]:
        accept(plane, 0, *({"n": n, "customer": f"c{n}"} for n in range(count)))
        ids = [job.id for job in plane.dispatch()]
        with clock(0), counting() as seen:
            work_off(plane.tenant.id, ids, match_events)
        begin = seen.index(WINDOWS[0])
        return seen[begin : seen.index(("WITH seen AS", True))]

    timer = [TIMER] if name == "debounce" else []
    assert spent() == [*WINDOWS, *OPENS, *timer, WRITES]
    assert spent() == [*WINDOWS, WRITES]


def test_rule_that_only_stops_costs_no_statement(plane: Plane) -> None:
    plane.publish("one", NOTE, options={"stop": True})
    accept(plane, 0, {"n": 0})
    ids = [job.id for job in plane.dispatch()]
    with counting() as seen:
        work_off(plane.tenant.id, ids, match_events)
    assert WINDOWS[0] not in seen
