"""Explains why rules were not evaluated for an event.

A rule is not evaluated if one of the rule's necessary conditions is false for the event.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from automate.events.queries import heads_by_id, payloads_of
from automate.events.records import EventRecord
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import Limits
from automate.kernel.redaction import REDACTED
from automate.kernel.text import ABOUT_THE_TENANT
from automate.rules.matching import NOT_FOR_IT, reads_kind
from automate.rules.predicate import Necessary, necessary_conditions
from automate.rules.predicate.necessary import read
from automate.rules.queries import RuleDecisionRow, conditions_as_they_stood

ERASED = (
    "The payload did not have what the condition needs. The payload has been erased, so its value is no longer known."
)
NOT_READ = "The payload did not have what the condition needs. To see its value, query the decisions of fewer events."
EVENT_BYTES = Limits().event_bytes

Decisions = Mapping[uuid.UUID, Sequence[RuleDecisionRow]]


def with_reasons(found: Decisions, fits: Callable[[uuid.UUID], bool]) -> dict[uuid.UUID, list[RuleDecisionRow]]:
    """Add a reason to each decision whose rule was not evaluated for the event.

    ``fits`` receives the id of an event, and returns whether the payload of this event may be read.
    """
    standing = {row.standing for rows in found.values() for row in rows if row.standing is not None}
    decisions = {event: list(rows) for event, rows in found.items()}
    if not standing:
        return decisions
    rules = {row_id: _Rule(when) for row_id, when in conditions_as_they_stood(sorted(standing)).items()}
    events = [event for event, rows in found.items() if any(row.standing is not None for row in rows)]
    heads = heads_by_id(events)
    unknown = {
        event
        for event in events
        if event in heads and not _set_reasons(decisions[event], rules, _Seen(heads[event]), None)
    }
    readable = [event for event in unknown if fits(event)]
    bodies = payloads_of(readable, EVENT_BYTES) if readable else {}
    for event in unknown:
        otherwise = ERASED if event in readable else NOT_READ
        _set_reasons(decisions[event], rules, _Seen(replace(heads[event], body=bodies.get(event))), otherwise)
    return decisions


def refusal_of(event: EventRecord, when: JsonValue) -> tuple[str, list[str]] | None:
    """Explain why a rule does not match the event: find the first necessary condition that is false.

    Returns a redacted sentence, and the path of this condition in the rule. Returns None if no necessary
    condition is false.
    """
    seen = _Seen(event)
    failed = next(seen.failing(necessary_conditions(when)), None)
    return (seen.refusal(failed), [str(part) for part in failed.path]) if failed is not None else None


def _set_reasons(rows: list[RuleDecisionRow], rules: Mapping[int, _Rule], seen: _Seen, otherwise: str | None) -> bool:
    # `otherwise` is the reason if no failed condition is found. Returns whether all decisions have a reason now.
    for place, row in enumerate(rows):
        if row.standing is None or row.reason:
            continue
        rule = rules[row.standing]
        if seen.record.type in ABOUT_THE_TENANT and not rule.reads_kind:
            rows[place] = replace(row, reason=NOT_FOR_IT.reason)
            continue
        failed = next(seen.failing(rule.needs), None)
        if failed is not None:
            path = [str(part) for part in failed.path]
            rows[place] = replace(row, reason=seen.refusal(failed), path=path)
        elif otherwise is not None:
            rows[place] = replace(row, reason=otherwise)
    return all(row.reason for row in rows if row.standing is not None)


class _Rule:
    def __init__(self, when: JsonValue) -> None:
        self.needs = necessary_conditions(when)
        self._when = when

    @cached_property
    def reads_kind(self) -> bool:
        return reads_kind(self._when)


class _Seen:
    # The payload is missing if it was not read.
    def __init__(self, record: EventRecord) -> None:
        self.record = record

    @cached_property
    def data(self) -> JsonValue:
        return self.record.seen_by_rules()

    @cached_property
    def shown(self) -> JsonValue:
        return self.record.shown_by_rules()

    def failing(self, needs: Sequence[Necessary]) -> Iterator[Necessary]:
        known = self.record.body is not None
        return (need for need in needs if (known or not need.reads_payload) and not need.holds(self.data))

    def refusal(self, need: Necessary) -> str:
        shown = read(self.shown, need.keys)
        if shown is None and read(self.data, need.keys) is not None:
            shown = REDACTED  # under a name that is hidden itself
        return f"{need.refusal(shown)}."
