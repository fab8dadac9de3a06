"""A run for what is not followed by what should follow it: a timer that is ended by that, in whatever order workers match."""

from __future__ import annotations

import itertools
from typing import Any
from unittest import mock

import pytest

from automate.rules.windows import absences
from automate.runs.windows import transitions
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

FAILED, PAID = "payment.failed", "payment.paid"
IS_FAILED, IS_PAID = ({"==": [{"var": "type"}, kind]} for kind in (FAILED, PAID))
UNLESS_PAID = {"absence": {"unless": IS_PAID, "within_seconds": 100, "key": KEY}}


@pytest.fixture
def dunning(plane: Plane) -> Plane:
    plane.publish("dunning", NOTE, when=IS_FAILED, options=UNLESS_PAID)
    return plane


def test_run_begins_when_it_was_not_followed_in_time(dunning: Plane) -> None:
    (event,) = come(dunning, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    pass_until(dunning, 99)
    assert started(dunning) == []
    pass_until(dunning, 100)
    assert started(dunning) == ["1"]
    assert dunning.rows("SELECT id, event_id FROM execution_run") == [(taken_by(dunning, [event])[0], event)]
    assert reasons(dunning) == [naming("acme", "2027-03-01 00:01:40 UTC")]
    assert windows(dunning) == [("absence", False, "fired", 1)]


def test_what_follows_in_time_ends_it(dunning: Plane) -> None:
    come(dunning, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    come(dunning, 99, {"n": 2, "customer": "acme"}, kind=PAID)
    pass_until(dunning, 1_000)
    assert started(dunning) == []
    assert decisions(dunning) == [("matched", False), ("unmatched", False)]
    assert reasons(dunning)[1] == naming("acme")
    assert windows(dunning)[0] == ("absence", False, "ended", 1)


def test_another_key_ends_nothing(dunning: Plane) -> None:
    come(dunning, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    come(dunning, 50, {"n": 2, "customer": "other"}, kind=PAID)
    pass_until(dunning, 100)
    assert started(dunning) == ["1"]


def test_key_of_what_follows_may_stand_elsewhere(plane: Plane) -> None:
    options = {"absence": {**UNLESS_PAID["absence"], "unless_key": "{{ event.subject }}"}}
    plane.publish("dunning", NOTE, when=IS_FAILED, options=options)
    come(plane, 0, {"n": 1, "customer": ""}, kind=FAILED)
    come(plane, 50, {"n": 2}, kind=PAID)
    pass_until(plane, 100)
    assert started(plane) == []


def test_what_came_before_it_ends_nothing(dunning: Plane) -> None:
    come(dunning, 0, {"n": 1, "customer": "acme"}, kind=PAID)
    come(dunning, 1, {"n": 2, "customer": "acme"}, kind=FAILED)
    pass_until(dunning, 101)
    assert started(dunning) == ["2"]


def test_what_comes_too_late_ends_nothing(dunning: Plane) -> None:
    come(dunning, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    accept(dunning, 100, {"n": 2, "customer": "acme"}, kind=PAID)
    with clock(101):
        dunning.drain()
    ring(dunning, 102)
    assert started(dunning) == ["1"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_order_of_matching_does_not_matter(dunning: Plane, order: tuple[int, ...]) -> None:
    """Received one second apart, and decided the other way round."""
    acts = [(0, FAILED), (1, PAID)]
    with clock(2):
        for place in order:
            at, kind = acts[place]
            accept(dunning, at, {"n": at, "customer": "acme"}, kind=kind)
            dunning.drain()
    pass_until(dunning, 1_000)
    assert started(dunning) == []


def test_further_matches_are_collapsed_into_the_one_that_waits(dunning: Plane) -> None:
    events = [come(dunning, at, {"n": at, "customer": "acme"}, kind=FAILED)[0] for at in (0, 10, 20)]
    pass_until(dunning, 1_000)
    assert started(dunning) == ["0"]
    assert len(set(taken_by(dunning, events))) == 1


def test_it_waits_again_after_it_was_ended(dunning: Plane) -> None:
    come(dunning, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    come(dunning, 10, {"n": 2, "customer": "acme"}, kind=PAID)
    come(dunning, 20, {"n": 3, "customer": "acme"}, kind=FAILED)
    pass_until(dunning, 1_000)
    assert started(dunning) == ["3"]


def test_both_of_one_set(dunning: Plane) -> None:
    accept(dunning, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    accept(dunning, 1, {"n": 2, "customer": "acme"}, kind=PAID)
    with clock(1):
        dunning.drain()
    pass_until(dunning, 1_000)
    assert started(dunning) == []


def outage(plane: Plane) -> None:
    """What ends it was received in time, but is still to be matched when the timer rings."""
    come(plane, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    (paid,) = accept(plane, 50, {"n": 2, "customer": "acme"}, kind=PAID)
    plane.root.execute(
        "UPDATE public.outbox_job SET due_at = %s, created_at = %s, state = 'claimed', lease_until = now() + interval '1 hour' WHERE id = %s",
        "2027-03-01T00:00:50Z",
        "2027-03-01T00:00:50Z",
        paid,
    )
    ring(plane, 100)
    ring(plane, 102)
    assert started(plane) == []
    plane.root.execute(
        "UPDATE public.outbox_job SET state = 'pending', due_at = now() - interval '1 hour' WHERE id = %s", paid
    )
    with clock(103):
        plane.drain()
    pass_until(plane, 1_000)
    assert started(plane) == []


def test_absence_is_not_stated_while_what_was_handed_back_is_to_be_matched(dunning: Plane) -> None:
    """A worker that stops hands back what it had not begun: due anew, and no attempt."""
    come(dunning, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    (paid,) = accept(dunning, 50, {"n": 2, "customer": "acme"}, kind=PAID)
    dunning.root.execute(
        "UPDATE public.outbox_job SET due_at = %s, created_at = %s WHERE id = %s",
        "2027-03-01T00:01:41Z", "2027-03-01T00:00:50Z", paid,
    )  # fmt: skip
    with mock.patch.object(
        transitions, "BEHIND", transitions.BEHIND.replace("now()", "timestamptz '2027-03-01T00:01:40Z'")
    ):
        ring(dunning, 100)
    assert started(dunning) == []


def test_absence_is_not_stated_while_events_of_its_time_are_to_be_matched(dunning: Plane) -> None:
    outage(dunning)


def test_twin_that_does_not_ask_for_them_is_found_out(dunning: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "is_behind", lambda _tenant, _until: False)
    with pytest.raises(AssertionError):
        outage(dunning)


def test_twin_that_remembers_nothing_is_found_out(dunning: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    original = absences.end_absence

    def forgetful(book: Any, place: Any, *rest: Any) -> Any:
        fate = original(book, place, *rest)
        for window in book.changed():
            window.times = []
        return fate

    monkeypatch.setattr(absences, "end_absence", forgetful)
    with pytest.raises(AssertionError):
        test_order_of_matching_does_not_matter(dunning, (1, 0))


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([(0, FAILED), (150, FAILED)], ["0", "150"]),
        ([(0, FAILED), (150, FAILED), (310, FAILED)], ["0", "150", "310"]),
        ([(0, FAILED), (150, FAILED), (20, PAID)], ["150"]),
        ([(0, FAILED), (150, FAILED), (160, PAID)], ["0"]),
        ([(0, FAILED), (130, PAID), (120, FAILED)], ["0"]),
        ([(250, PAID), (0, FAILED)], ["0"]),
        ([(150, FAILED), (0, FAILED)], ["0", "150"]),
    ],
    ids=str,
)
def test_timers_that_are_late_change_nothing(dunning: Plane, acts: list[tuple[int, str]], expected: list[str]) -> None:
    """None has looked when all of this is matched."""
    for at, kind in acts:
        accept(dunning, at, {"n": at, "customer": "acme"}, kind=kind)
        with clock(400):
            dunning.drain()
    pass_until(dunning, 1_000)
    assert sorted(started(dunning), key=int) == expected


def test_each_match_says_which_run_took_it_where_timers_are_late(dunning: Plane) -> None:
    acts = [(0, FAILED), (10, FAILED), (150, FAILED), (160, FAILED)]
    events = [accept(dunning, at, {"n": at, "customer": "acme"}, kind=kind)[0] for at, kind in acts]
    with clock(200):
        dunning.drain()
    pass_until(dunning, 1_000)
    first, again, second, last = taken_by(dunning, events)
    assert first == again != second == last
    assert windows(dunning) == [("absence", False, "fired", 2)] * 2


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("UPDATE rule_spec SET enabled = false", "disabled"),
        ("DELETE FROM rule_spec", "disabled"),
        ('UPDATE rule_spec SET "when" = \'{"==": [1, 1]}\'', "superseded"),
    ],
)
def test_rule_that_was_changed_or_switched_off_starts_nothing(dunning: Plane, change: str, outcome: str) -> None:
    come(dunning, 0, {"n": 1, "customer": "acme"}, kind=FAILED)
    dunning.rows(f"{change} RETURNING id")
    pass_until(dunning, 1_000)
    assert started(dunning) == []
    assert windows(dunning) == [("absence", False, outcome, 1)]
    assert dunning.root.value(f"SELECT count(*) FROM public.outbox_job WHERE {TIMERS}") == 0
