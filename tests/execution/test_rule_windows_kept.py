"""What is kept of rules over time, for how long, how much of it, and what a replay leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automate.events.queries import records_by_id
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.recovery import poison
from automate.recovery.replaying import replay_event
from automate.rules.matching import read_events
from automate.rules.windows import transitions
from tests.support.facts import naming
from tests.support.plane import Plane
from tests.support.windows import KEY, NOTE, accept, clock, come, decisions, pass_until, reasons, started, windows

QUIET = {"debounce": {"period_seconds": 30, "key": KEY}}


def replay(plane: Plane, event: Any) -> list[Any]:
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="ada")):
        return list(replay_event(event).run_ids)


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        ({"rate_limit": {"limit": 1, "period_seconds": 60}}, 1),
        ({"debounce": {"period_seconds": 30}}, 1),
        ({"throttle": {"limit": 1, "period_seconds": 60}}, 1),
        ({"count": {"at_least": 2, "within_seconds": 60}}, 0),
        ({"absence": {"unless": False, "within_seconds": 60}}, 0),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_replay_counts_nothing(plane: Plane, options: dict[str, Any], runs: int) -> None:
    plane.publish("one", NOTE, options=options)
    (event,) = come(plane, 0, {"n": 0})
    before = plane.rows("SELECT id, matches, waiting, times::text, closes_at FROM rule_window")
    assert len(before) == 1
    assert len(replay(plane, event)) == runs
    assert plane.rows("SELECT id, matches, waiting, times::text, closes_at FROM rule_window") == before


def test_replay_of_a_rule_that_was_changed_says_why_it_starts_nothing(plane: Plane) -> None:
    plane.publish("one", NOTE)
    (event,) = come(plane, 0, {"n": 0})
    plane.rows('UPDATE rule_spec SET options = \'{"count": {"at_least": 2, "within_seconds": 60}}\' RETURNING id')
    assert replay(plane, event) == []
    assert reasons(plane)[1] == naming("replay")


def test_limit_counts_what_is_open(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "LIMITS", replace(transitions.LIMITS, open_windows=3))
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, *({"n": n, "customer": f"c{n}"} for n in range(2)))
    come(plane, 1, *({"n": n, "customer": f"c{n}"} for n in range(4)))
    assert [verdict for verdict, _ in decisions(plane)] == ["matched"] * 5 + ["suppressed"]
    pass_until(plane, 40)
    come(plane, 50, {"n": 9, "customer": "c9"})
    assert decisions(plane)[-1] == ("matched", False)


def test_window_that_has_ended_goes_after_ninety_days(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "SETS_PER_FORGETTING", 1)
    plane.publish("one", NOTE, options=QUIET)
    for n in range(4):
        come(plane, 0, {"n": n, "customer": f"c{n}"})
    ended = "UPDATE rule_window SET open = false, closed_at = now() - %s::interval"
    plane.rows(f"{ended}, run_id = NULL WHERE shown = 'c0' RETURNING id", "91 days")
    plane.rows(f"{ended} WHERE shown = 'c1' RETURNING id", "91 days")
    plane.rows(f"{ended}, run_id = NULL WHERE shown = 'c2' RETURNING id", "89 days")
    plane.rows(f"{ended} WHERE shown = 'c3' RETURNING id", "89 days")
    come(plane, 1, {"n": 9, "customer": "c9"})
    assert plane.rows("SELECT shown FROM rule_window ORDER BY 1") == [("c2",), ("c3",), ("c9",)]


def test_dead_timer_goes_on_when_it_is_redriven(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(plane, 0, {"n": 0, "customer": "acme"})
    plane.root.execute(
        "UPDATE public.outbox_job SET due_at = now() - interval '1 hour', attempts = 5 WHERE topic = 'rule.window'"
    )
    (job,) = plane.claim()
    assert job.spent
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="ada")):
        poison.dead_letter([job], poison.poisoned(job))
        assert windows(plane) == [("debounce", True, "", 1)]
        poison.redrive([job.id])
    with clock(100):
        plane.drain()
    assert started(plane) == ["0"]


def test_dead_match_counts_once_it_is_redriven(plane: Plane) -> None:
    plane.publish("one", NOTE, options={"rate_limit": {"limit": 1, "period_seconds": 60}})
    accept(plane, 0, {"n": 0})
    (job,) = plane.claim()
    with acting_for(plane.tenant), acting_as(Principal(kind="member", name="ada")):
        claims.dead_letter([job], poison.poisoned(job))
        assert windows(plane) == []
        poison.redrive([job.id])
    with clock(1):
        plane.drain()
    assert windows(plane) == [("rate_limit", True, "", 1)]


def test_hostile_key_is_bounded(plane: Plane) -> None:
    plane.publish("one", NOTE, options=QUIET)
    come(
        plane,
        0,
        {"customer": "x" * 256},
        {"customer": {"a": 1}},
        {"customer": "a\u0000b"},
        {"customer": ["a"]},
        {"customer": 7},
    )
    assert [verdict for verdict, _ in decisions(plane)][-1] == "matched"
    assert {verdict for verdict, _ in decisions(plane)[:2]} == {"type_error"}
    assert plane.rows("SELECT shown FROM rule_window") == [("7",)]


def test_change_of_options_is_read_by_every_worker_with_the_next_event(plane: Plane) -> None:
    made = plane.publish("one", NOTE)
    (event,) = come(plane, 0, {"n": 0})
    plane.rows("UPDATE rule_spec SET options = '{\"stop\": true}' WHERE id = %s RETURNING id", made.rule)
    with acting_for(plane.tenant):
        rule_set, *_ = read_events(plane.tenant.id, [event])
        assert records_by_id([event])
    assert [(rule.options, rule.generation) for rule in rule_set.rules] == [('{"stop": true}', rule_set.version)]
