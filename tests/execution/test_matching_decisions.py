"""Every rule decides every event once, and says why; nothing that a rule or a workflow is can stop the others."""

from __future__ import annotations

from typing import Any

import pytest

from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.rules import matching as rules
from automate.runs.matching import match_events
from tests.support.facts import Naming, naming
from tests.support.plane import Plane

NOTE = [{"key": "note", "uses": "log.write", "with": {"message": "x"}}]
BIG = {">": [{"var": "payload.n"}, 100]}


def decisions(plane: Plane) -> list[tuple[str, str, bool]]:
    """Rule, verdict and whether a run came of it."""
    return plane.rows(
        "SELECT r.slug, d.verdict, d.run_id IS NOT NULL FROM decision d JOIN rule_spec r ON r.id = d.rule_id ORDER BY 1, d.id"
    )


def reasons(plane: Plane) -> list[str]:
    return [row[0] for row in plane.rows("SELECT reason FROM decision ORDER BY id")]


def test_matches_and_non_matches_are_both_decided(plane: Plane) -> None:
    plane.publish("big", NOTE, when=BIG)
    plane.publish("all", NOTE)
    plane.send({"n": 150}, {"n": 50})
    plane.drain()
    assert decisions(plane) == [
        ("all", "matched", True), ("all", "matched", True), ("big", "matched", True), ("big", "unmatched", False),
    ]  # fmt: skip
    assert plane.runs() == [("succeeded", "")] * 3


def test_duplicate_messages_decide_once(plane: Plane) -> None:
    plane.publish("all", NOTE)
    plane.send({}, {})
    jobs = plane.dispatch()
    with acting_for(plane.tenant):
        held = claims.claim(plane.tenant.id, [job.id for job in jobs], lease_seconds=30)
        run_set = plane.run_set()
        match_events(run_set, held)
        assert match_events(plane.run_set(), held) == []
        assert claims.claim(plane.tenant.id, [job.id for job in jobs], lease_seconds=30) == []
    assert len(decisions(plane)) == 2
    assert len(plane.runs()) == 2


@pytest.mark.parametrize("dies_in", ["write_decisions", "commit"])
def test_crash_while_matching_leaves_nothing_half_done(
    plane: Plane, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    plane.publish("all", NOTE)
    plane.send({})
    jobs = plane.claim()

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with acting_for(plane.tenant), monkeypatch.context() as patch:
        run_set = plane.run_set()
        patch.setattr(*((rules, "write_decisions", die) if dies_in == "write_decisions" else (run_set, "_write", die)))
        with pytest.raises(KeyboardInterrupt):
            match_events(run_set, jobs)
    assert decisions(plane) == []
    assert plane.runs() == []
    plane.root.expire_leases()
    plane.drain()
    assert decisions(plane) == [("all", "matched", True)]
    assert plane.runs() == [("succeeded", "")]


def test_change_of_a_rule_is_seen_by_the_next_event(plane: Plane) -> None:
    made = plane.publish("big", NOTE, when=BIG)
    plane.send({"n": 50})
    plane.drain()
    with acting_for(plane.tenant):
        from automate.kernel.sql import execute

        execute('UPDATE rule_spec SET "when" = \'{"<": [{"var": "payload.n"}, 100]}\' WHERE id = %s', [made.rule])
    plane.send({"n": 50})
    plane.drain()
    assert decisions(plane) == [("big", "unmatched", False), ("big", "matched", True)]
    assert plane.rows("SELECT count(DISTINCT rule_set_version) FROM decision") == [(2,)]


def test_rule_that_cannot_decide_harms_nobody(plane: Plane) -> None:
    plane.publish("odd", NOTE, when={"throw": "odd"})
    doubling = {"reduce": [{"var": "payload.l"}, {"cat": [{"var": "accumulator"}, {"var": "accumulator"}]}, "x" * 100]}
    plane.publish("dear", NOTE, when=doubling)
    plane.publish("sound", NOTE)
    plane.send({"l": list(range(60))})
    plane.drain()
    assert decisions(plane) == [
        ("dear", "too_expensive", False),
        ("odd", "type_error", False),
        ("sound", "matched", True),
    ]
    assert all(reasons(plane))
    assert plane.runs() == [("succeeded", "")]
    assert [row[0] for row in plane.jobs()] == ["done", "done"]


@pytest.mark.parametrize(
    ("workflow", "depth", "says"),
    [
        ({"enabled": False}, 0, naming("disabled")),
        ({"published": False}, 0, naming("published")),
        (
            {},
            8,
            (naming("8", "causation_depth")),
        ),
    ],
)
def test_match_that_starts_nothing_says_why(plane: Plane, workflow: dict[str, Any], depth: int, says: Naming) -> None:
    plane.publish("one", NOTE, **workflow)
    plane.send({}, depth=depth)
    plane.drain()
    assert decisions(plane) == [("one", "matched", False)]
    assert reasons(plane) == [says]
    assert plane.runs() == []


def test_run_is_one_deeper_than_its_event(plane: Plane) -> None:
    plane.publish("one", NOTE)
    plane.send({}, depth=7)
    plane.drain()
    assert plane.rows("SELECT depth, state FROM execution_run") == [(8, "succeeded")]


def test_event_that_raises_takes_no_innocent_with_it(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    plane.publish("all", NOTE)
    events = plane.send(*({"n": number} for number in range(8)))
    decide = rules.decide

    def poisoned(rule_set: Any, event: Any) -> Any:
        if event.id == events[3]:
            raise RuntimeError("poison")
        return decide(rule_set, event)

    monkeypatch.setattr(rules, "decide", poisoned)
    for _ in range(6):
        plane.drain()
        plane.root.pass_seconds(301)
    assert plane.runs() == [("succeeded", "")] * 7
    states = dict(plane.root.rows("SELECT id, state FROM public.outbox_job WHERE topic = 'event.match'"))
    assert states.pop(events[3]) == "dead"
    assert set(states.values()) == {"done"}
    assert plane.root.rows(
        "SELECT attempts, last_error ->> 'code', alone FROM public.outbox_job WHERE state = 'dead'"
    ) == [(5, "INTERNAL", True)]  # fmt: skip
