"""Rules that an event cannot match are passed over, and all that is known of them follows from how they stood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automate.events.queries import records_by_id
from automate.kernel.sql import execute
from automate.kernel.tenancy import acting_for
from automate.rules import matching
from automate.rules.matching import RULES
from automate.rules.passed_over import ERASED, NOT_READ, with_reasons
from automate.rules.predicate import RuleIndex, compile_rule, verdict
from automate.rules.queries import decisions_of
from tests.support.facts import naming
from tests.support.plane import Plane, counting

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
PAID = {"==": [{"var": "type"}, "order.paid"]}
CREATED = {"==": [{"var": "type"}, "order.created"]}


def told(plane: Plane, event: Any, *, fits: bool = True, first: int = 100) -> list[tuple[str, str, list[str]]]:
    """Verdict, reason and path of each decision, as the API shows them."""
    with acting_for(plane.tenant):
        found = with_reasons(decisions_of([event], first), lambda _: fits)
    return [(row.verdict, row.reason, row.path) for row in found[event]]


def written(plane: Plane) -> list[tuple[str, str]]:
    return plane.rows(
        "SELECT r.slug, d.verdict FROM decision d JOIN rule_spec r ON r.id = d.rule_id ORDER BY d.event_id, r.slug"
    )


def test_rule_that_was_passed_over_costs_no_row_and_says_why(plane: Plane) -> None:
    plane.publish("created", NOTE, when=CREATED)
    plane.publish("paid", NOTE, when={"and": [CREATED, {"and": [{"==": [{"var": "payload.n"}, 7]}]}]})
    plane.publish("shop", NOTE, when=PAID)
    (event,) = plane.send({"n": 5})
    plane.drain()
    assert written(plane) == [("created", "matched")]
    assert plane.rows("SELECT event_id, rules FROM rule_match") == [(event, 3)]
    assert told(plane, event) == [
        ("matched", naming("true"), []),
        ("unmatched", naming("payload.n", "5", "7"), ["and", "1", "and", "0", "=="]),
        ("unmatched", naming("type", "order.created", "order.paid"), ["=="]),
    ]


def test_rule_stands_as_it_stood_whatever_became_of_it(plane: Plane) -> None:
    """Each event shows the rules of its own version: changed, switched off and deleted since, and none of later."""
    made = plane.publish("one", NOTE, when=PAID)
    gone = plane.publish("two", NOTE, when={"==": [{"var": "source"}, "elsewhere"]})
    (first,) = plane.send({})
    plane.drain()
    before = told(plane, first)
    assert [reason for _, reason, _ in before] == [
        naming("type", "order.created", "order.paid"), naming("source", "api", "elsewhere"),
    ]  # fmt: skip
    with acting_for(plane.tenant):
        execute('UPDATE rule_spec SET "when" = %s::jsonb WHERE id = %s', [json.dumps(CREATED), made.rule])
        execute("DELETE FROM rule_spec WHERE id = %s", [gone.rule])
    plane.publish("three", NOTE, when=PAID)
    (second,) = plane.send({})
    plane.drain()
    with acting_for(plane.tenant):
        execute("UPDATE rule_spec SET enabled = false")
    (third,) = plane.send({})
    plane.drain()
    assert told(plane, first) == before
    assert [verdict for verdict, _, _ in told(plane, second)] == ["matched", "unmatched"]
    assert told(plane, third) == []
    assert plane.rows("SELECT rules FROM rule_match ORDER BY id") == [(2,), (2,)]


def test_history_has_one_row_for_each_change_and_none_for_a_pause(plane: Plane) -> None:
    plane.publish("one", NOTE, when=PAID)
    ((version,),) = plane.rows("SELECT version FROM rule_set")
    with acting_for(plane.tenant):
        execute("UPDATE rule_spec SET paused_at = now(), revision = revision + 1")
        execute("UPDATE rule_spec SET priority = 0")
        execute("UPDATE rule_spec SET priority = 5")
        execute("UPDATE rule_spec SET enabled = false WHERE slug = 'no such'")
        execute("DELETE FROM rule_spec")
    assert plane.rows("SELECT priority, from_version, to_version FROM rule_history ORDER BY id") == [
        (0, version, version + 1), (5, version + 1, version + 2),
    ]  # fmt: skip
    assert plane.rows("SELECT version FROM rule_set") == [(version + 2,)]


def test_change_is_read_alone_and_is_the_same_as_reading_all(plane: Plane) -> None:
    made = [plane.publish(f"r{n}", NOTE, when={"==": [{"var": "type"}, f"kind.{n}"]}) for n in range(6)]
    with acting_for(plane.tenant):
        matching.read_events(plane.tenant.id, [])
        known = matching.read_rules(None)
        execute("UPDATE rule_spec SET priority = 9 WHERE id = %s", [made[4].rule])
        execute("UPDATE rule_spec SET \"when\" = 'true' WHERE id = %s", [made[3].rule])
        execute("UPDATE rule_spec SET \"when\" = 'false' WHERE id = %s", [made[3].rule])
        execute("UPDATE rule_spec SET enabled = false WHERE id = %s", [made[2].rule])
        execute("DELETE FROM rule_spec WHERE id = %s", [made[1].rule])
        with counting() as seen:
            changed = matching.read_rules(known)
        whole = matching.read_rules(None)
    assert len(seen) == 1
    assert changed.version == whole.version == known.version + 5
    shown = [[(rule.id, rule.priority, rule.when) for rule in rules.rules] for rules in (changed, whole)]
    assert shown[0] == shown[1]
    assert [row[0] for row in shown[0]] == [made[n].rule for n in (4, 0, 3, 5)]
    kept = {id(rule) for rule in known.rules}
    assert sum(id(rule) in kept for rule in changed.rules) == 2, "what has not changed is not understood anew"


def test_matches_are_those_of_every_rule_asked_one_by_one(plane: Plane) -> None:
    conditions: list[Any] = [
        CREATED, PAID, True, {"!": [PAID]}, {"==": [{"var": "payload.n"}, "5"]}, {"===": [{"var": "payload.n"}, "5"]},
        {"in": [{"var": "payload.kind"}, ["a", "b"]]}, {"or": [PAID, {"==": [{"var": "payload.n"}, 0]}]},
        {"==": [{"var": "payload.gone"}, None]}, {">": [{"var": "payload.n"}, 3]},
        {"and": [CREATED, {"some": [{"var": "payload.tags"}, {"==": [{"var": ""}, "x"]}]}]},
    ]  # fmt: skip
    for number, when in enumerate(conditions):
        plane.publish(f"r{number}", NOTE, when=when)
    events = plane.send({"n": 5}, {"n": "5", "kind": "b"}, {"tags": ["x"]}, {"n": {}}, [], None, "text")
    plane.drain()
    with acting_for(plane.tenant):
        records = records_by_id(events)
    expected = {
        (event, f"r{number}")
        for event in events
        for number, when in enumerate(conditions)
        if verdict(compile_rule(when), records[event].seen_by_rules()).matched
    }
    found = plane.rows(
        "SELECT d.event_id, r.slug FROM decision d JOIN rule_spec r ON r.id = d.rule_id WHERE verdict = 'matched'"
    )
    assert set(found) == expected
    for event in events:
        assert len(told(plane, event)) == len(conditions)


def test_twin_that_passes_over_what_matches_starts_too_little(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would hold without an index."""
    monkeypatch.setattr(RuleIndex, "candidates", lambda _self, _data: [])
    plane.publish("created", NOTE, when=CREATED)
    plane.send({})
    plane.drain()
    assert plane.runs() == []


def test_payload_is_read_only_where_the_rest_of_the_event_does_not_tell(plane: Plane) -> None:
    plane.publish("kind", NOTE, when={"and": [{"==": [{"var": "payload.n"}, 7]}, PAID]})
    (event,) = plane.send({"n": 5})
    plane.drain()
    assert told(plane, event, fits=False) == [
        ("unmatched", naming("type", "order.created", "order.paid"), ["and", "1", "=="])
    ]
    plane.publish("payload", NOTE, when={"==": [{"var": "payload.n"}, 7]})
    (event,) = plane.send({"n": 5})
    plane.drain()
    assert [reason for _, reason, _ in told(plane, event, fits=False)][1] == NOT_READ
    assert [reason for _, reason, _ in told(plane, event)][1] == naming("payload.n", "5", "7")
    plane.root.execute(
        f"BEGIN; SET LOCAL automate.retention = 'on'; DELETE FROM \"{plane.tenant.schema}\".event_payload; COMMIT"
    )
    assert [reason for _, reason, _ in told(plane, event)][1] == ERASED


def test_reason_shows_no_secret(plane: Plane) -> None:
    plane.publish("secret", NOTE, when={"==": [{"var": "payload.password"}, "x"]})
    plane.publish("below", NOTE, when={"==": [{"var": "payload.auth.token.id"}, "x"]})
    (event,) = plane.send({"password": "hunter2-and-more", "auth": {"token": {"id": "hunter2-and-more"}}})
    plane.drain()
    reasons = [reason for _, reason, _ in told(plane, event)]
    assert reasons == [
        naming("[redacted]", "x", "payload.password"),
        naming("[redacted]", "x", "payload.auth.token.id"),
    ]


def test_rule_for_anything_else_is_not_for_failed_runs(plane: Plane) -> None:
    plane.publish("none", NOTE, when={"==": [{"var": "payload.n"}, 7]})
    plane.publish("kind", NOTE, when={"==": [{"var": "type"}, "order.paid"]})
    plane.publish("any", NOTE)
    (event,) = plane.send({"n": 5}, kind=matching.RUN_FAILED)
    plane.drain()
    reasons = [reason for _, reason, _ in told(plane, event)]
    assert reasons == [
        matching.NOT_FOR_IT.reason, matching.NOT_FOR_IT.reason, naming("type", "run.failed", "order.paid"),
    ]  # fmt: skip
    assert plane.runs() == []


def test_decisions_of_before_are_shown_alone(plane: Plane) -> None:
    """An event of before the index has a row for each rule, and none that says how it was matched."""
    made = plane.publish("one", NOTE, when=PAID)
    (event,) = plane.send({})
    with acting_for(plane.tenant):
        execute(
            "INSERT INTO decision (id, event_id, rule_id, rule_set_version, verdict, reason, path, decided_at)"
            " VALUES (gen_random_uuid(), %s, %s, 1, 'unmatched', 'of before', '[]', now())",
            [event, made.rule],
        )
    assert told(plane, event) == [("unmatched", "of before", [])]


def test_evaluated_come_first_and_the_first_are_bounded(plane: Plane) -> None:
    for number in range(5):
        plane.publish(f"r{number}", NOTE, when={"==": [{"var": "type"}, f"kind.{number}"]})
    plane.publish("created", NOTE, when=CREATED)
    (event,) = plane.send({})
    plane.drain()
    assert [verdict for verdict, _, _ in told(plane, event, first=3)] == ["matched", "unmatched", "unmatched"]
    assert [verdict for verdict, _, _ in told(plane, event, first=1)] == ["matched"]
    assert [reason for _, reason, _ in told(plane, event)][1:] == [
        naming("type", "order.created", f"kind.{number}") for number in range(5)
    ]


def test_statements_that_show_decisions_do_not_follow_the_rows(plane: Plane) -> None:
    counts = []
    for number in range(3):
        plane.publish(f"r{number}", NOTE, when={"==": [{"var": "payload.n"}, number]})
        events = plane.send(*[{"n": 99}] * (number + 1))
        plane.drain()
        with acting_for(plane.tenant), counting() as seen:
            with_reasons(decisions_of(events, 100), lambda _: True)
        counts.append(len(seen))
    assert counts == [4, 4, 4]


def test_whoever_changes_a_rule_raises_the_version(plane: Plane) -> None:
    """The rows that a worker reads are those that the trigger kept; what it did not keep would never be in force."""
    plane.publish("one", NOTE, when=PAID)
    with acting_for(plane.tenant):
        assert [rule.when for rule in matching.read_rules(None).rules] == ['{"==": [{"var": "type"}, "order.paid"]}']
    assert "rule_history" in RULES
    plane.root.execute(f'ALTER TABLE "{plane.tenant.schema}".rule_spec DISABLE TRIGGER rule_spec_kept_insert')
    plane.publish("unkept", NOTE)
    plane.send({})
    plane.drain()
    assert plane.runs() == []
