"""Matching that is late by the servers' own clock: what counts by when events were received decides as if it were in time."""

from __future__ import annotations

from typing import Any

import pytest

from automate.rules.windows import transitions
from tests.execution.test_rule_absence import FAILED, IS_FAILED, PAID, UNLESS_PAID
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.windows import KEY, NOTE, accept, ago, reasons, started, windows

HOUR = 3_600
PUT_OFF = {
    "held by another worker": "state = 'claimed', lease_until = now() + interval '1 hour'",
    "failed": "due_at = now() + interval '200 seconds', attempts = 1",
    "handed back": "due_at = now() + interval '100 seconds'",
}


def count(plane: Plane, within: int) -> None:
    plane.publish("one", NOTE, options={"count": {"at_least": 3, "within_seconds": within, "key": KEY}})


def among_others(plane: Plane, late: float, timestamps: list[float], seconds: int) -> None:
    """Events of one key at times, and sixty between them of keys of their own; all are matched at once, so much later."""
    begin = ago(late + seconds)
    for number in range(60):
        accept(plane, begin + number * seconds / 60, {"n": "other", "customer": f"c{number}"})
    for at in timestamps:
        accept(plane, begin + at, {"n": at, "customer": "acme"})
    plane.drain()


@pytest.mark.parametrize(("within", "late"), [(60, HOUR), (5, 15)])
def test_count_is_reached_however_late_it_is_matched(plane: Plane, within: int, late: int) -> None:
    count(plane, within)
    among_others(plane, late, [share * within for share in (0.1, 0.5, 0.9)], within)
    assert len(started(plane)) == 1


def test_twin_that_drops_what_closed_by_now_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    assert transitions.OLDEST_UNMATCHED in transitions.SWEEP
    sweep = transitions.SWEEP.replace(transitions.OLDEST_UNMATCHED, "SELECT now() WHERE %(tenant)s IS NOT NULL")
    monkeypatch.setattr(transitions, "SWEEP", sweep)
    with pytest.raises(AssertionError):
        test_count_is_reached_however_late_it_is_matched(plane, 60, HOUR)


def test_run_of_a_count_stands_for_what_it_would_have_stood_for(plane: Plane) -> None:
    count(plane, 300)
    among_others(plane, HOUR, [3 * n for n in range(36)], 110)
    assert len(started(plane)) == 1


def test_backlog_keeps_no_more_windows_than_are_in_its_time(plane: Plane) -> None:
    count(plane, 5)
    among_others(plane, HOUR, [], 60)
    assert len(windows(plane)) <= 5 + 16 + 8, "of the time that counts, of a round of the relay and of a set"


def outage(plane: Plane, put_off: str) -> None:
    """What ends a wait is matched before what would wait, and others are meanwhile."""
    plane.publish("dunning", NOTE, when=IS_FAILED, options=UNLESS_PAID)
    (failed,) = accept(plane, ago(HOUR), {"n": 1, "customer": "acme"}, kind=FAILED)
    plane.root.execute(f"UPDATE public.outbox_job SET {PUT_OFF[put_off]} WHERE id = %s", failed)
    for number, customer in enumerate(["acme", "b", "c", "d"]):
        accept(plane, ago(HOUR - 10 - number), {"n": 2, "customer": customer}, kind=PAID)
        plane.drain()
    plane.root.execute("UPDATE public.outbox_job SET state = 'pending', due_at = created_at WHERE id = %s", failed)
    plane.drain()
    assert started(plane) == []
    assert reasons(plane)[0] == naming("acme", "earlier")


@pytest.mark.parametrize("put_off", PUT_OFF)
def test_absence_hears_what_was_matched_before_it(plane: Plane, put_off: str) -> None:
    outage(plane, put_off)


def test_absence_in_a_backlog_is_stated_for_each_that_nothing_followed(plane: Plane) -> None:
    plane.publish("dunning", NOTE, when=IS_FAILED, options=UNLESS_PAID)
    acts: list[tuple[int, Any]] = [(0, FAILED), (150, FAILED), (170, PAID), (260, FAILED), (500, PAID), (510, FAILED)]
    for at, kind in acts:
        accept(plane, ago(HOUR - at), {"n": at, "customer": "acme"}, kind=kind)
    plane.drain()
    assert sorted(started(plane), key=int) == ["0", "260", "510"]
    assert sorted(outcome for _, _, outcome, _ in windows(plane)) == ["ended", "fired", "fired", "fired"]
