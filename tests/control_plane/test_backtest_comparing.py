"""A backtest of the live rule says of every event what matching says of it, whatever the tenant's rules and the event."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import example, find, given, settings
from hypothesis import strategies as st

from automate.events.records import EventRecord
from automate.kernel.text import RUN_FAILED
from automate.rules.backtests.comparing import BacktestCondition, Comparer, anchors
from automate.rules.matching import RuleSetVersion, StandingRule, decide
from automate.rules.predicate import necessary_conditions
from tests.support.examples import examples

TYPES = st.sampled_from(["order.created", "order.paid", RUN_FAILED])
SCALARS = st.sampled_from([None, True, 0, 1, 5, "5", "", "a"])
PAYLOADS = st.dictionaries(st.sampled_from(["n", "m"]), SCALARS | st.lists(SCALARS, max_size=2), max_size=2)
PATHS = st.sampled_from(["payload.n", "payload.m", "source", "subject", "headers.x", "payload", ""])
COMPARED = st.one_of(
    st.builds(lambda kind: {"==": [{"var": "type"}, kind]}, TYPES),
    st.builds(lambda name, path, value: {name: [{"var": path}, value]}, st.sampled_from(["==", "===", ">", "-"]), PATHS, SCALARS),
    st.builds(lambda path, values: {"in": [{"var": path}, values]}, PATHS, st.lists(SCALARS, min_size=1, max_size=3)),
)  # fmt: skip
CONDITIONS = st.one_of(
    COMPARED,
    st.builds(lambda some: {"and": some}, st.lists(COMPARED, min_size=2, max_size=3)),
    st.builds(lambda some: {"or": some}, st.lists(COMPARED, min_size=1, max_size=2)),
    st.builds(lambda one: {"!": [one]}, COMPARED),
)
RULES = st.lists(CONDITIONS, min_size=1, max_size=5)
EVENTS = st.builds(
    lambda kind, source, payload: EventRecord(
        uuid.UUID(int=7), kind, source, "", {"x": "5"}, datetime(2026, 11, 26, tzinfo=timezone.utc),
        datetime(2026, 11, 26, tzinfo=timezone.utc), "0" * 32, 0, None if payload is None else json.dumps(payload).encode(),
    ),
    TYPES, st.sampled_from(["api", "5", "a"]), st.none() | PAYLOADS,
)  # fmt: skip
Verdict = tuple[str, Sequence[Any]]


UNLESS: Any = {"and": [{"==": [{"var": "type"}, "order.paid"]}, {"==": [{"var": "payload.n"}, 5]}]}
WAITS = json.dumps({"absence": {"unless": UNLESS, "within_seconds": 60}})


def standing(conditions: Sequence[Any]) -> list[StandingRule]:
    """Every other one waits for an absence: what would end that is found by the same index."""
    return [
        StandingRule(
            id=uuid.UUID(int=place),
            slug="",
            workflow_id=uuid.UUID(int=0),
            priority=0,
            when=json.dumps(when),
            options=WAITS if place % 2 else "",
            generation=0,
            needs=necessary_conditions(when),
            ends=necessary_conditions(UNLESS) if place % 2 else None,
        )
        for place, when in enumerate(conditions)
    ]


def matched_live(conditions: Sequence[Any], event: EventRecord) -> dict[int, Verdict]:
    """What matching says for each rule. One that is passed over is unmatched."""
    said: dict[int, Verdict] = dict.fromkeys(range(len(conditions)), ("unmatched", ()))
    for decision in decide(RuleSetVersion.of(1, standing(conditions)), event):
        said[decision.rule.id.int] = (decision.verdict.verdict, decision.verdict.path)
    return said


def comparer(conditions: Sequence[Any], place: int, draft: Any) -> Comparer:
    """Of a draft in the place of one of the rules."""
    rule = uuid.UUID(int=place)
    draft_anchor, live_anchor = anchors(standing(conditions), draft, rule, conditions[place])
    return Comparer(
        BacktestCondition(json.dumps(draft), draft_anchor),
        BacktestCondition(json.dumps(conditions[place]), live_anchor),
    )


def backtested(conditions: Sequence[Any], event: EventRecord) -> dict[int, Verdict]:
    found: dict[int, Verdict] = {}
    for place, when in enumerate(conditions):
        said = comparer(conditions, place, when).compare(event)
        assert said.live is not None
        found[place] = (said.live.verdict, said.live.path)
    return found


@settings(max_examples=examples(400))
@given(RULES, EVENTS)
@example([{"and": [{"==": [{"var": "type"}, "order.created"]}, {">": [{"-": [{"var": "payload.n"}]}, 0]}]}],
         EventRecord(uuid.UUID(int=7), "order.paid", "api", "", {}, datetime.now(timezone.utc), datetime.now(timezone.utc), "", 0, b"{}"))  # fmt: skip
def test_backtest_of_the_live_rule_says_what_matching_says(conditions: list[Any], event: EventRecord) -> None:
    assert backtested(conditions, event) == matched_live(conditions, event)


@settings(max_examples=examples(400))
@given(RULES, CONDITIONS, EVENTS, st.integers(0, 4))
def test_draft_is_decided_as_if_it_had_been_saved(
    conditions: list[Any], draft: Any, event: EventRecord, place: int
) -> None:
    place %= len(conditions)
    said = comparer(conditions, place, draft).compare(event).draft
    saved = matched_live([draft if n == place else when for n, when in enumerate(conditions)], event)
    assert (said.verdict, said.path) == saved[place]


@settings(max_examples=examples(400))
@given(RULES, CONDITIONS, EVENTS, st.integers(0, 4))
def test_event_without_its_payload_tells_as_much_where_it_is_not_asked_for(
    conditions: list[Any], draft: Any, event: EventRecord, place: int
) -> None:
    made = comparer(conditions, place % len(conditions), draft)
    head = replace(event, body=None)
    if not made.needs_payload(head):
        assert made.compare(head) == made.compare(event)


def differs(found_by_all: Any) -> Any:
    return find(
        st.tuples(RULES, EVENTS),
        lambda case: matched_live(*case) != found_by_all(*case),
        settings=settings(max_examples=5_000, database=None),
    )


@pytest.mark.slow
def test_twin_that_asks_every_event_says_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds a type error where matching never looks."""
    monkeypatch.setattr(BacktestCondition, "needs", ())
    assert differs(backtested)


@pytest.mark.slow
def test_twin_that_takes_the_first_condition_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """By which condition a rule is found follows from the other rules."""
    monkeypatch.setattr(
        BacktestCondition, "needs", property(lambda self: necessary_conditions(json.loads(self.when))[:1])
    )
    assert differs(backtested)


@pytest.mark.slow
def test_twin_that_never_asks_for_the_payload_says_otherwise() -> None:
    """Else the third law would hold without asking for any."""
    assert find(
        st.tuples(CONDITIONS, EVENTS),
        lambda case: (
            (made := comparer([case[0]], 0, case[0])).compare(replace(case[1], body=None)) != made.compare(case[1])
        ),
        settings=settings(max_examples=5_000, database=None),
    )
