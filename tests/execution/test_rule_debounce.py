"""One run for all matches of a key, once none has come for a while: the last event's, and each event knows it."""

from __future__ import annotations

import itertools

import pytest

from automate.kernel.tenancy import acting_for
from automate.rules.windows import deciding
from automate.runs.matching import match_events
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.windows import (
    KEY,
    NOTE,
    TIMERS,
    accept,
    clock,
    come,
    decisions,
    pass_until,
    reasons,
    ring,
    started,
    taken_by,
    windows,
)

QUIET = {"debounce": {"period_seconds": 30, "key": KEY}}


def test_last_event_starts_one_run_once_it_is_quiet(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    events = [come(plane, at, {"n": at, "customer": "acme"})[0] for at in (0, 20, 40)]
    pass_until(plane, 69)
    assert started(plane) == []
    pass_until(plane, 70)
    assert started(plane) == ["40"]
    ((run,),) = plane.rows("SELECT id FROM execution_run")
    assert taken_by(plane, events) == [run] * 3
    assert decisions(plane) == [("matched", False)] * 3
    assert windows(plane) == [("debounce", False, "fired", 3)]
    assert plane.rows("SELECT reason FROM run_log WHERE from_state = '' AND step_key = ''") == [
        (naming("debounce", 3),)
    ]
    assert plane.runs() == [("succeeded", "")]


def test_event_that_is_matched_late_is_not_the_last(plane: Plane) -> None:
    """Workers match side by side: the run is that of the event that was received last, whichever is matched last."""
    plane.publish("one", NOTE, options=QUIET)
    older = accept(plane, 0, {"n": 0, "customer": "acme"})
    last = accept(plane, 1, {"n": 1, "customer": "acme"}, {"n": 2, "customer": "acme"})
    jobs = {job.subject_id: job for job in plane.claim()}
    with acting_for(plane.tenant), clock(2):
        for event in (*sorted(last, reverse=True), *older):
            match_events(plane.run_set(), [jobs[event]])
    pass_until(plane, 32)
    assert started(plane) == ["2"]
    assert windows(plane) == [("debounce", False, "fired", 3)]


def test_last_match_that_is_taken_for_the_last_event_is_found_out(
    plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = itertools.count()
    monkeypatch.setattr(deciding.MatchedEvent, "place", property(lambda _: next(turn)))
    with pytest.raises(AssertionError):
        test_event_that_is_matched_late_is_not_the_last(plane)


def test_one_timer_serves_a_window_however_often_it_is_put_off(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    for at in range(0, 100, 10):
        come(plane, at, {"n": at, "customer": "acme"})
    assert plane.root.value("SELECT count(*) FROM public.outbox_job WHERE topic = 'rule.window'") == 1
    pass_until(plane, 120)
    assert started(plane) == ["90"]
    assert plane.root.rows("SELECT state FROM public.outbox_job WHERE topic = 'rule.window'") == [("done",)]


def test_next_window_opens_behind_one_that_has_fired(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    for at in (0, 10, 50, 55, 200):
        come(plane, at, {"n": at, "customer": "acme"})
    pass_until(plane, 300)
    assert started(plane) == ["10", "55", "200"]


def test_max_wait_ends_what_is_never_quiet(plane: Plane) -> None:
    plane.publish("one", NOTE, options={"debounce": {"period_seconds": 30, "max_wait_seconds": 100, "key": KEY}})
    for at in range(0, 240, 20):
        come(plane, at, {"n": at, "customer": "acme"})
    pass_until(plane, 1_000)
    assert started(plane) == ["80", "180", "220"]
    assert reasons(plane)[0] == naming("acme", "30 s", "2027-03-01 00:01:40 UTC")


def test_keys_are_quiet_by_themselves(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": "a", "customer": "a"}, {"n": "b", "customer": "b"})
    come(plane, 20, {"n": "c", "customer": "b"})
    pass_until(plane, 31)
    assert started(plane) == ["a"]
    pass_until(plane, 51)
    assert started(plane) == ["a", "c"]


def test_set_of_one_message_is_taken_in_whole(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, *({"n": n, "customer": "acme"} for n in range(8)))
    pass_until(plane, 30)
    assert started(plane) == ["7"]
    assert windows(plane) == [("debounce", False, "fired", 8)]


def test_everything_was_down_and_the_run_comes_late(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    ring(plane, 86_400)
    assert started(plane) == ["0"]


def test_flurry_that_has_ended_has_its_run_however_late_the_timer_is(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    for at in (40, 50, 100):
        accept(plane, at, {"n": at, "customer": "acme"})
        with clock(at):
            plane.drain()
    ring(plane, 130)
    assert sorted(started(plane), key=int) == ["0", "50", "100"]


def test_what_was_received_before_it_was_quiet_is_taken_in_when_it_is_matched_late(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    accept(plane, 20, {"n": 20, "customer": "acme"})
    with clock(3_600):
        plane.drain()
    pass_until(plane, 4_000)
    assert started(plane) == ["20"]


def test_paused_tenant_waits_and_loses_nothing(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    plane.root.execute(
        "INSERT INTO public.outbox_lane (tenant_id, weight, paused, held) VALUES (%s, 1, false, true)"
        " ON CONFLICT (tenant_id) DO UPDATE SET held = true",
        plane.tenant.id,
    )
    ring(plane, 40)
    assert started(plane) == []
    plane.root.execute("UPDATE public.outbox_lane SET held = false WHERE tenant_id = %s", plane.tenant.id)
    ring(plane, 50)
    assert started(plane) == ["0"]


def test_paused_rule_makes_a_run_that_waits(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    plane.rows("UPDATE rule_spec SET paused_at = now() RETURNING id")
    pass_until(plane, 40)
    assert [state for state, _ in plane.runs()] == ["queued"]


@pytest.mark.parametrize(
    "change", ["UPDATE rule_spec SET enabled = false", "DELETE FROM rule_spec", "UPDATE workflow SET enabled = false"]
)
def test_switched_off_starts_nothing(plane: Plane, change: str) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    plane.rows(f"{change} RETURNING id")
    pass_until(plane, 40)
    assert plane.runs() == []
    assert windows(plane) == [("debounce", False, "disabled", 1)]


def test_rule_that_was_changed_starts_what_was_accepted_and_begins_anew(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    plane.rows('UPDATE rule_spec SET options = \'{"debounce": {"period_seconds": 100}}\' RETURNING id')
    come(plane, 20, {"n": 20, "customer": "acme"})
    pass_until(plane, 30)
    assert started(plane) == ["0"]
    pass_until(plane, 120)
    assert started(plane) == ["0", "20"]


def test_rule_of_another_name_or_priority_goes_on_counting(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    plane.rows("UPDATE rule_spec SET name = 'Other', slug = 'other', priority = 7 RETURNING id")
    come(plane, 20, {"n": 20, "customer": "acme"})
    pass_until(plane, 100)
    assert started(plane) == ["20"]


def test_limit_of_open_windows_is_told_and_loses_no_event(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    plane.publish("one", NOTE, options=QUIET)
    monkeypatch.setattr("automate.rules.windows.transitions.room", lambda _wanted: 2)
    events = come(plane, 0, *({"n": n, "customer": f"c{n}"} for n in range(3)))
    assert [verdict for verdict, _ in decisions(plane)] == ["matched", "matched", "suppressed"]
    assert reasons(plane)[2] == naming("LIMIT_EXCEEDED", "20,000")
    assert plane.rows("SELECT count(*) FROM event WHERE id = ANY (%s)", events) == [(3,)]


def test_timer_of_another_window_does_nothing(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    plane.root.execute(
        "INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts,"
        " parked, trace_id, created_at, signals) SELECT gen_random_uuid(), tenant_id, topic, subject_id, 'pending', true, false, due_at,"
        " 0, 0, 5, '', trace_id, now(), 0 FROM public.outbox_job WHERE topic = 'rule.window'"
    )
    ring(plane, 60)
    assert started(plane) == ["0"]
    assert plane.root.value(f"SELECT count(*) FROM public.outbox_job WHERE {TIMERS}") == 0


def test_timer_that_does_not_look_again_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: it fires when its job is due, however often its window was put off."""
    monkeypatch.setattr(deciding, "due", lambda _window, _now: deciding.TimerDecision(fires=True))
    with pytest.raises(AssertionError):
        test_last_event_starts_one_run_once_it_is_quiet(plane)
