"""Ten million events leave no match for ever: those of 90 days go as new ones come, and rules as they stood go with the last."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import DatabaseError

from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from automate.kernel.transactions import in_transaction
from automate.rules import matching, retention
from tests.support.plane import Plane, counting

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
PAID = {"==": [{"var": "type"}, "order.paid"]}
OLD, YOUNG = "91 days", "89 days"


def matched(plane: Plane, count: int, age: str) -> list[uuid.UUID]:
    """The events of matches that were made so long ago, under the rules of now."""
    rows = plane.rows(
        "INSERT INTO rule_match (id, event_id, rule_set_version, rules, decided_at)"
        " SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5(n::text || at), 1, 20))::uuid,"
        " gen_random_uuid(), s.version, 1, at"
        " FROM rule_set s, generate_series(1, %s) n, (SELECT now() - %s::interval AS at) t RETURNING event_id",
        count,
        age,
    )
    return [event for (event,) in rows]


def change(plane: Plane, slug: str) -> None:
    with acting_for(plane.tenant):
        execute("UPDATE rule_spec SET priority = priority + 1 WHERE slug = %s", [slug])


def forget(plane: Plane) -> int:
    with acting_for(plane.tenant):
        return retention.forget()


def matches(plane: Plane) -> set[uuid.UUID]:
    return {event for (event,) in plane.rows("SELECT event_id FROM rule_match")}


def history(plane: Plane) -> list[tuple[Any, ...]]:
    first = plane.rows("SELECT min(from_version) FROM rule_history WHERE to_version IS NULL")
    assert first
    return plane.rows("SELECT from_version, to_version FROM rule_history ORDER BY id")


def test_matches_go_after_ninety_days(plane: Plane) -> None:
    plane.publish("one", NOTE, when=PAID)
    matched(plane, 3, OLD)
    young = matched(plane, 2, YOUNG)
    assert forget(plane) == 3
    assert matches(plane) == set(young)


def test_rules_as_they_stood_go_once_no_match_of_their_time_is_left(plane: Plane) -> None:
    plane.publish("one", NOTE, when=PAID)
    (start,) = {start for start, _ in history(plane)}
    for _ in range(2):
        change(plane, "one")
    matched(plane, 1, OLD)
    for _ in range(2):
        change(plane, "one")
    matched(plane, 1, YOUNG)
    change(plane, "one")
    forget(plane)
    assert history(plane) == [(start + 4, start + 5), (start + 5, None)]
    forget(plane)
    assert history(plane) == [(start + 4, start + 5), (start + 5, None)]


def test_without_a_match_left_nothing_more_is_forgotten(plane: Plane) -> None:
    """An event may be being matched just now, under earlier rules."""
    plane.publish("one", NOTE, when=PAID)
    matched(plane, 1, OLD)
    change(plane, "one")
    assert forget(plane) == 1
    assert len(history(plane)) == 2


def test_as_many_go_at_once_as_are_said_and_the_rest_after_them(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FORGET_ROWS", 4)
    plane.publish("one", NOTE, when=PAID)
    matched(plane, 10, OLD)
    assert [forget(plane) for _ in range(4)] == [4, 4, 2, 0]


def test_passes_forget_now_and_then_and_catch_up(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr(retention.time, "monotonic", lambda: clock)
    monkeypatch.setattr(retention, "FORGET_ROWS", 4)
    plane.publish("one", NOTE, when=PAID)
    matched(plane, 10, OLD)
    left = []
    for clock in (0.0, 299.0, 300.0, 300.0, 301.0, 302.0, 599.0, 601.5):
        with acting_for(plane.tenant):
            retention.forget_now_and_then(plane.tenant.id)
        left.append(len(matches(plane)))
        if clock == 302.0:
            matched(plane, 1, OLD)
    assert left == [10, 10, 6, 2, 0, 0, 1, 0]


def test_first_passes_of_a_process_cost_nothing_more(plane: Plane) -> None:
    with acting_for(plane.tenant), counting() as seen:
        for _ in range(3):
            retention.forget_now_and_then(plane.tenant.id)
    assert seen == []


def test_process_that_missed_what_was_forgotten_reads_all_rules_anew(plane: Plane) -> None:
    """It would else match by a rule that was deleted, for ever: nothing is left that says so."""
    kept, gone = plane.publish("kept", NOTE), plane.publish("gone", NOTE)
    with acting_for(plane.tenant):
        known = matching.read_rules(None)
        execute("DELETE FROM rule_spec WHERE id = %s", [gone.rule])
    matched(plane, 1, YOUNG)
    forget(plane)
    with acting_for(plane.tenant):
        assert fetch("SELECT count(*) FROM rule_history WHERE rule_id = %s", [gone.rule]) == [(0,)]
        assert [rule.id for rule in matching.read_rules(known).rules] == [kept.rule]


def test_twin_that_trusts_the_changes_matches_by_a_deleted_rule(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "WHERE s.kept_from <= %(since)s"
    assert words in matching.CHANGES
    monkeypatch.setattr(matching, "CHANGES", matching.CHANGES.replace(words, ""))
    with pytest.raises(AssertionError):
        test_process_that_missed_what_was_forgotten_reads_all_rules_anew(plane)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM rule_match",
        "UPDATE rule_match SET rules = 0",
        "DELETE FROM rule_history",
        "DELETE FROM rule_history WHERE to_version IS NOT NULL",
    ],
)
def test_application_forgets_nothing_whose_time_is_not_over(plane: Plane, statement: str) -> None:
    plane.publish("one", NOTE, when=PAID)
    matched(plane, 1, YOUNG)
    change(plane, "one")
    with acting_for(plane.tenant), pytest.raises(DatabaseError, match=r"refused|denied"), in_transaction():
        execute(statement)
