"""A rule that stops ends the evaluation of those behind it, in the order of priority, and each of them says so."""

from __future__ import annotations

from typing import Any

import pytest

from automate.rules import matching
from tests.support.facts import naming
from tests.support.plane import Plane

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
BIG = {">": [{"var": "payload.n"}, 100]}


def decisions(plane: Plane) -> list[tuple[str, str, bool]]:
    return plane.rows(
        "SELECT r.slug, d.verdict, d.run_id IS NOT NULL FROM decision d JOIN rule_spec r ON r.id = d.rule_id"
        " ORDER BY d.event_id, d.id"
    )


@pytest.fixture
def three(plane: Plane) -> Plane:
    plane.publish("last", NOTE, priority=1)
    plane.publish("big", NOTE, when=BIG, priority=5, options={"stop": True})
    plane.publish("first", NOTE, priority=9)
    return plane


def test_match_that_stops_is_the_last_one_asked(three: Plane) -> None:
    three.send({"n": 150})
    three.drain()
    assert decisions(three) == [("first", "matched", True), ("big", "matched", True), ("last", "suppressed", False)]
    assert three.rows("SELECT reason FROM decision WHERE verdict = 'suppressed'") == [(naming("big"),)]


def test_rule_that_does_not_match_stops_nothing(three: Plane) -> None:
    three.send({"n": 50})
    three.drain()
    assert decisions(three) == [("first", "matched", True), ("big", "unmatched", False), ("last", "matched", True)]


def test_stop_is_of_one_event_and_not_of_its_set(three: Plane) -> None:
    three.send({"n": 150}, {"n": 50})
    three.drain()
    assert [verdict for slug, verdict, _ in decisions(three) if slug == "last"] == ["suppressed", "matched"]


def test_order_is_the_one_of_now(three: Plane) -> None:
    three.send({"n": 150})
    three.drain()
    three.rows("UPDATE rule_spec SET priority = 10 WHERE slug = 'last' RETURNING id")
    three.send({"n": 150})
    three.drain()
    assert [verdict for slug, verdict, _ in decisions(three) if slug == "last"] == ["suppressed", "matched"]


def test_rule_whose_condition_fails_stops_nothing(plane: Plane) -> None:
    plane.publish("odd", NOTE, when={"throw": "odd"}, priority=5, options={"stop": True})
    plane.publish("last", NOTE)
    plane.send({})
    plane.drain()
    assert decisions(plane) == [("odd", "type_error", False), ("last", "matched", True)]


def test_twin_that_forgets_to_stop_is_found_out(three: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    original = matching.compiled_options

    def deaf(options: str) -> Any:
        from dataclasses import replace

        found = original(options)
        return replace(found, options=replace(found.options, stop=False))

    monkeypatch.setattr(matching, "compiled_options", deaf)
    with pytest.raises(AssertionError):
        test_match_that_stops_is_the_last_one_asked(three)
