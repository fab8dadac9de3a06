"""Explains why a condition matches an event or does not match it.

The condition is evaluated in this process or in a child process.
"""

from __future__ import annotations

from automate.events.records import EventRecord
from automate.kernel.json_values import JsonValue
from automate.rules.predicate import EvaluationAllowance, Explanation, explain
from automate.rules.predicate.allowance import OPERATIONS


def explained(when: JsonValue, event: EventRecord, operations: int = OPERATIONS) -> Explanation:
    return explain(when, event.shown_by_rules(), EvaluationAllowance(operations))
