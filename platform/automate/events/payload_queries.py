"""Reads the payload of a single event when an expression needs it."""

from __future__ import annotations

import uuid
from functools import partial

from automate.kernel.large import Read
from automate.kernel.patient_queries import read_text

PAYLOAD = "SELECT body FROM event_payload WHERE event_id = %s"


def payload_of(event_id: uuid.UUID) -> Read:
    """Return a function that reads the payload of an event."""
    return partial(read_text, PAYLOAD, [event_id])
