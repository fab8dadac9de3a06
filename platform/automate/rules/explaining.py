"""Why a condition does or does not match an event, as far as the asker may see that event."""

from __future__ import annotations

import uuid

from automate.events.queries import records_by_id
from automate.kernel.errors import Json
from automate.kernel.redaction import redact
from automate.rules.predicate import Explanation, explain
from automate.rules.services import checked_warnings


def explain_rule(when: Json, event_id: uuid.UUID) -> Explanation | None:
    """None when there is no such event. Raises INVALID_RULE as saving does.

    It is evaluated over the redacted event: whoever may ask any condition could otherwise read a secret bit by bit.
    A condition on a hidden value can therefore end otherwise than it did for the engine.
    """
    checked_warnings(when)
    event = records_by_id([event_id]).get(event_id)
    return explain(when, redact(event.seen_by_rules())) if event is not None else None
