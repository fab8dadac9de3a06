"""Why a condition does or does not match an event, as far as the asker may see that event."""

from __future__ import annotations

import uuid

from automate.events.queries import records_by_id
from automate.heavy.services import compute, has_children
from automate.kernel.errors import Json
from automate.kernel.limits import KIB
from automate.rules.explanations import explained
from automate.rules.predicate import Explanation
from automate.rules.services import checked_warnings

FEW_OPERATIONS = 2_000
"""Of an evaluation that costs less than a child."""
SMALL_BYTES = 8 * KIB
"""Of the payload of an event that is parsed and redacted here."""


def explain_rule(when: Json, event_id: uuid.UUID) -> Explanation | None:
    """None when there is no such event. Raises INVALID_RULE as saving does.

    It is evaluated over the redacted event: whoever may ask any condition could otherwise read a secret bit by bit.
    A condition on a hidden value can therefore end otherwise than it did for the engine.
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
