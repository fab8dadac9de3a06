"""Runs of a key begin at an even pace; the others are made at once, wait in order, and can be seen and cancelled."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.recovery.controlling import cancel_runs
from automate.rules.windows import deciding
from automate.runs.matching import match_events
from automate.runs.waiting_queries import holds_of
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.windows import KEY, NOTE, accept, clock, come, decisions, pass_until, reasons, ring, started, windows

SIX_A_MINUTE = {"throttle": {"limit": 6, "period_seconds": 60, "key": KEY}}


def begun(plane: Plane) -> list[str]:
    """The payloads of runs that have begun, in the order in which they did."""
    return [
        n
        for (n,) in plane.rows(
            "SELECT convert_from(p.body, 'UTF8')::jsonb ->> 'n' FROM execution_run r JOIN event_payload p ON p.event_id = r.event_id"
            " WHERE r.started_at IS NOT NULL ORDER BY r.started_at, r.id"
        )
    ]


def waiting(plane: Plane) -> list[int]:
    return [row[0] for row in plane.rows("SELECT waiting FROM rule_window WHERE option = 'throttle' ORDER BY id")]


def test_excess_waits_in_order_and_begins_one_by_one(plane: Plane) -> None:
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(4)))
    assert begun(plane) == ["0"]
    assert waiting(plane) == [3]
    assert [state for state, _ in plane.runs()] == ["succeeded", "queued", "queued", "queued"]
    assert decisions(plane) == [("matched", True)] * 4
    assert reasons(plane)[2] == naming("acme", "6", "60", "2027-03-01 00:00:20 UTC")
    for at, expected in ((9, 1), (10, 2), (19, 2), (20, 3), (30, 4)):
        pass_until(plane, at)
        assert begun(plane) == [str(n) for n in range(expected)], at
    assert waiting(plane) == [0]
    assert plane.rows("SELECT count(*) FROM throttled_run") == [(0,)]


def test_event_that_comes_while_others_wait_is_behind_them(plane: Plane) -> None:
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, {"n": 0, "customer": "acme"}, {"n": 1, "customer": "acme"})
    come(plane, 9, {"n": 2, "customer": "acme"})
    come(plane, 10, {"n": 3, "customer": "acme"})
    pass_until(plane, 60)
    assert begun(plane) == ["0", "1", "2", "3"]


def test_queue_goes_by_events_in_whatever_order_they_are_matched(plane: Plane) -> None:
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    events = [accept(plane, n / 10, {"n": n, "customer": "acme"})[0] for n in range(3)]
    events += accept(plane, 0.5, {"n": 3, "customer": "acme"}, {"n": 4, "customer": "acme"})
    jobs = {job.subject_id: job for job in plane.claim()}
    with acting_for(plane.tenant), clock(1):
        for turn in (0, 4, 2, 3, 1):
            match_events(plane.run_set(), [jobs[events[turn]]])
    runs = dict(plane.rows("SELECT event_id, id FROM execution_run"))
    with acting_for(plane.tenant):
        holds = holds_of([runs[event] for event in events[1:]])
    assert [holds[runs[event]].turn for event in events[1:]] == [1, 2, 3, 4]
    pass_until(plane, 60)
    assert begun(plane) == ["0", "1", "2", "3", "4"]


def test_order_of_matching_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = itertools.count(1)
    monkeypatch.setattr(deciding.MatchedEvent, "place", property(lambda _: next(turn)))
    with pytest.raises(AssertionError):
        test_queue_goes_by_events_in_whatever_order_they_are_matched(plane)


def test_burst_begins_at_once_after_a_pause(plane: Plane) -> None:
    plane.publish("one", NOTE, options={"throttle": {"limit": 6, "period_seconds": 60, "burst": 3, "key": KEY}})
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(5)))
    assert begun(plane) == ["0", "1", "2"]
    pass_until(plane, 10)
    assert begun(plane) == ["0", "1", "2", "3"]
    pass_until(plane, 20)
    assert begun(plane) == ["0", "1", "2", "3", "4"]
    come(plane, 300, *({"n": n, "customer": "acme"} for n in range(5, 9)))
    assert begun(plane)[5:] == ["5", "6", "7"]


def test_outage_ends_in_no_stampede(plane: Plane) -> None:
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(6)))
    ring(plane, 3_600)
    assert len(begun(plane)) == 2
    ring(plane, 3_609)
    assert len(begun(plane)) == 3, "a second of lateness is made up for"
    pass_until(plane, 3_700)
    assert len(begun(plane)) == 6


def test_keys_have_queues_of_their_own(plane: Plane) -> None:
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": f"c{n % 2}"} for n in range(6)))
    assert begun(plane) == ["0", "1"]
    pass_until(plane, 10)
    assert sorted(begun(plane)) == ["0", "1", "2", "3"]


def test_cancelled_run_costs_no_turn(plane: Plane) -> None:
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(4)))
    ((second,),) = plane.rows("SELECT run_id FROM throttled_run ORDER BY place LIMIT 1")
    with acting_for(plane.tenant):
        cancel_runs([second], reason="not wanted")
    plane.drain()
    pass_until(plane, 10)
    assert begun(plane) == ["0", "2"]
    pass_until(plane, 20)
    assert begun(plane) == ["0", "2", "3"]
    assert waiting(plane) == [0]


def test_pace_is_kept_when_the_rule_is_changed_or_deleted(plane: Plane) -> None:
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(4)))
    plane.rows("DELETE FROM rule_spec RETURNING id")
    pass_until(plane, 10)
    assert begun(plane) == ["0", "1"]
    pass_until(plane, 30)
    assert begun(plane) == ["0", "1", "2", "3"]


def test_queue_is_bounded_and_says_so(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(deciding, "LIMITS", replace(deciding.LIMITS, throttled_runs=2))
    plane.publish("one", NOTE, options=SIX_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(5)))
    assert [verdict for verdict, _ in decisions(plane)] == ["matched"] * 3 + ["suppressed"] * 2
    assert reasons(plane)[3] == naming("LIMIT_EXCEEDED", "2", "acme")


def test_debounced_runs_take_their_turns_too(plane: Plane) -> None:
    options: dict[str, Any] = {
        "debounce": {"period_seconds": 30, "key": KEY},
        "throttle": {"limit": 1, "period_seconds": 100},
    }
    plane.publish("one", NOTE, options=options)
    come(plane, 0, *({"n": n, "customer": f"c{n}"} for n in range(3)))
    pass_until(plane, 30)
    assert len(begun(plane)) == 1
    assert waiting(plane) == [2]
    pass_until(plane, 130)
    assert len(begun(plane)) == 2
    pass_until(plane, 230)
    assert len(begun(plane)) == 3
    assert {option for option, *_ in windows(plane)} == {"debounce", "throttle"}


def test_throttle_of_a_rate_limited_rule_counts_only_what_starts(plane: Plane) -> None:
    options = {"rate_limit": {"limit": 2, "period_seconds": 600}, "throttle": {"limit": 1, "period_seconds": 10}}
    plane.publish("one", NOTE, options=options)
    come(plane, 0, *({"n": n} for n in range(5)))
    pass_until(plane, 100)
    assert started(plane) == begun(plane) == ["0", "1"]


def test_twin_that_lets_all_go_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "_pay", lambda window, _option, since: setattr(window, "closes_at", since))
    with pytest.raises(AssertionError):
        test_excess_waits_in_order_and_begins_one_by_one(plane)
