"""Explain a condition on an event as plain data, in this process or in a child of it."""

from __future__ import annotations

from automate.events.records import EventRecord
from automate.kernel.errors import Json
from automate.rules.predicate import EvaluationAllowance, Explanation, explain
from automate.rules.predicate.allowance import OPERATIONS


def explained(when: Json, event: EventRecord, operations: int = OPERATIONS) -> Explanation:
    """Why the condition matches the redacted event or does not. operations: the limit of the evaluation."""
    return explain(when, event.shown_by_rules(), EvaluationAllowance(operations))
