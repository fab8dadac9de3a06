"""Explains a condition on an event, in this process or in a child process."""

from __future__ import annotations

from automate.events.records import EventRecord
from automate.kernel.errors import Json
from automate.rules.predicate import EvaluationAllowance, Explanation, explain
from automate.rules.predicate.allowance import OPERATIONS


def explained(when: Json, event: EventRecord, operations: int = OPERATIONS) -> Explanation:
    return explain(when, event.shown_by_rules(), EvaluationAllowance(operations))
