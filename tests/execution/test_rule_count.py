"""One run for so many matches of a key within a time, counted from when they were received, in whatever order they come."""

from __future__ import annotations

import itertools

import pytest

from automate.rules.windows import deciding
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.windows import KEY, NOTE, accept, clock, come, decisions, reasons, started, taken_by, windows

THREE_A_MINUTE = {"count": {"at_least": 3, "within_seconds": 60, "key": KEY}}


def test_third_within_a_minute_starts_one_run_that_took_all_three(plane: Plane) -> None:
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    events = [come(plane, at, {"n": at, "customer": "acme"})[0] for at in (0, 20, 40)]
    assert started(plane) == ["40"]
    ((run,),) = plane.rows("SELECT id FROM execution_run")
    assert taken_by(plane, events) == [run] * 3
    assert decisions(plane) == [("suppressed", False), ("suppressed", False), ("matched", True)]
    assert reasons(plane) == [
        naming("1 of 3", "acme", "60 s"), naming("2 of 3", "acme", "60 s"), naming("3 of 3", "acme", "60 s"),
    ]  # fmt: skip
    assert windows(plane) == [("count", True, "fired", 3)]


def test_window_slides(plane: Plane) -> None:
    """Buckets of a minute from the first would have two in each."""
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    for at in (0, 50, 70, 75):
        come(plane, at, {"n": at, "customer": "acme"})
    assert started(plane) == ["75"]


def test_exactly_the_time_later_is_outside(plane: Plane) -> None:
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    for at in (0, 30, 60):
        come(plane, at, {"n": at, "customer": "acme"})
    assert started(plane) == []


def test_what_follows_the_run_is_collapsed_into_it_for_as_long(plane: Plane) -> None:
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    events = [come(plane, at, {"n": at, "customer": "acme"})[0] for at in (0, 1, 2, 30, 61, 62, 63, 64)]
    assert started(plane) == ["2", "64"]
    first, second = (row[0] for row in plane.rows("SELECT id FROM execution_run ORDER BY created_at"))
    assert taken_by(plane, events) == [first] * 5 + [second] * 3


def test_set_of_one_message_is_counted_one_by_one(plane: Plane) -> None:
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    come(plane, 0, *({"n": n, "customer": f"c{n % 2}"} for n in range(7)))
    assert sorted(started(plane)) == ["4", "5"]


@pytest.mark.parametrize("order", list(itertools.permutations((0, 20, 40))))
def test_order_of_matching_does_not_matter(plane: Plane, order: tuple[int, ...]) -> None:
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    with clock(3_600):
        for at in order:
            accept(plane, at, {"n": at, "customer": "acme"})
            plane.drain()
    assert len(started(plane)) == 1


def test_event_that_comes_days_late_counts_for_nothing(plane: Plane) -> None:
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    with clock(300_000):
        for at in (299_990, 299_991, 0):
            accept(plane, at, {"n": at, "customer": "acme"})
            plane.drain()
    assert started(plane) == []
    assert reasons(plane)[2] == naming("acme")


def test_changed_rule_counts_anew(plane: Plane) -> None:
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    come(plane, 0, {"n": 0, "customer": "acme"}, {"n": 1, "customer": "acme"})
    plane.rows('UPDATE rule_spec SET "when" = \'{"==": [1, 1]}\' RETURNING id')
    come(plane, 1, {"n": 2, "customer": "acme"})
    assert started(plane) == []


def test_lapsed_windows_go_as_new_ones_come(plane: Plane) -> None:
    plane.publish("one", NOTE, options=THREE_A_MINUTE)
    with clock(0):
        for n in range(20):
            accept(plane, 0, {"customer": f"old{n}"})
        plane.drain()
    plane.rows("UPDATE rule_window SET closes_at = now() - interval '1 hour' RETURNING id")
    come(plane, 0, *({"customer": f"new{n}"} for n in range(8)))
    assert len(windows(plane)) == 20 - 16 + 8


def test_twin_that_forgets_to_slide_is_found_out(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        deciding,
        "insort",
        lambda times, at: times.append(at) if not times or at - times[0] < 60_000_000 else times.__init__([at]),
    )
    with pytest.raises(AssertionError):
        test_window_slides(plane)
