"""Explains why a condition does or does not match an event."""

from __future__ import annotations

import uuid

from automate.events.queries import records_by_id
from automate.heavy.services import compute, has_children
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import KIB
from automate.rules.explanations import explained
from automate.rules.predicate import Explanation
from automate.rules.services import checked_warnings

FEW_OPERATIONS = 2_000
"""An evaluation within this limit costs less than a child process."""
SMALL_BYTES = 8 * KIB
"""The largest payload that is parsed and redacted in this process."""


def explain_rule(when: JsonValue, event_id: uuid.UUID) -> Explanation | None:
    """Explain why a condition matches an event or does not match it. Return None for an unknown event.

    The condition reads the redacted event. Otherwise a caller could find out a secret by trying many
    conditions. Raises INVALID_RULE for an invalid condition.
    """
    checked_warnings(when)
    event = records_by_id([event_id]).get(event_id)
    if event is None:
        return None
    if has_children() and len(event.body or b"") <= SMALL_BYTES:
        found = explained(when, event, FEW_OPERATIONS)
        if found.verdict != "too_expensive":
            return found
    return compute(explained, when, event)
