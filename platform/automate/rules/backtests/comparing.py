"""Compares the verdicts of a draft condition with the verdicts of the live rule."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from automate.events.records import EventRecord
from automate.kernel.json_values import JsonValue
from automate.rules.matching import RuleSetVersion, StandingRule, decide
from automate.rules.passed_over import refusal_of
from automate.rules.predicate import EvaluationResult, Necessary, chooser, necessary_conditions

DRAFT, LIVE = uuid.UUID(int=0), uuid.UUID(int=1)
_PASSED_OVER = EvaluationResult("unmatched", "")


@dataclass(frozen=True)
class BacktestCondition:
    when: str
    """As JSON."""
    anchor: int | None
    """The number of the necessary condition by which an index of rules finds this condition. None without
    necessary conditions."""

    @property
    def needs(self) -> tuple[Necessary, ...]:
        return () if self.anchor is None else (necessary_conditions(orjson.loads(self.when))[self.anchor],)


@dataclass(frozen=True)
class Comparison:
    draft: EvaluationResult
    live: EvaluationResult | None
    """The verdict of the live rule; None if no live rule exists."""


class Comparer:
    """Compares a draft condition with the condition of the live rule. Equal conditions are evaluated only once."""

    def __init__(self, draft: BacktestCondition, live: BacktestCondition | None) -> None:
        self._alike = live == draft
        self._has_live = live is not None
        subjects = {DRAFT: draft}
        if live is not None and not self._alike:
            subjects[LIVE] = live
        rules = [
            StandingRule(
                id=name,
                slug="",
                workflow_id=name,
                priority=0,
                when=one.when,
                options="",
                generation=0,
                needs=one.needs,
                ends=None,
            )
            for name, one in subjects.items()
        ]
        self._when: JsonValue = orjson.loads(draft.when)
        self._rule_set = RuleSetVersion.of(0, rules)
        self._blind = all(rule.needs and not rule.needs[0].reads_payload for rule in rules)

    def needs_payload(self, head: EventRecord) -> bool:
        """Return whether the event's payload can change a verdict about the event.

        ``head`` is the event without its payload.
        """
        return not self._blind or bool(self._rule_set.index.candidates(head.seen_by_rules()))

    def compare(self, event: EventRecord) -> Comparison:
        said = {decision.rule.id: decision.verdict for decision in decide(self._rule_set, event)}
        draft = said.get(DRAFT, _PASSED_OVER)
        if self._alike:
            return Comparison(draft, draft)
        return Comparison(draft, said.get(LIVE, _PASSED_OVER) if self._has_live else None)

    def why(self, event: EventRecord, verdict: EvaluationResult) -> tuple[str, list[str]]:
        """Return a redacted sentence that explains the draft's verdict about an event.

        Also returns a path. The path leads to the part of the draft that decided the verdict.
        """
        found = refusal_of(event, self._when) if verdict.verdict == "unmatched" else None
        return found or (verdict.reason, [str(part) for part in verdict.path])


def anchors(
    rules: Sequence[StandingRule], when: JsonValue, live_id: uuid.UUID | None, live_when: JsonValue
) -> tuple[int | None, int | None]:
    # An anchor is the index of the condition by which matching finds a rule. It depends on the tenant's other rules.
    others = [rule.needs for rule in rules if rule.id != live_id]
    # The same index also finds events that end an absence, even of the rule itself.
    others += [rule.ends for rule in rules if rule.ends is not None]
    return _anchor(others, when), _anchor(others, live_when) if live_id is not None else None


def _anchor(others: Sequence[Sequence[Necessary]], when: JsonValue) -> int | None:
    needs = necessary_conditions(when)
    return needs.index(chooser([*others, needs])(needs)) if needs else None
