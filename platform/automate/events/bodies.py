"""Encodes payloads."""

from __future__ import annotations

from automate.kernel.json_text import sorted_json
from automate.kernel.json_values import JsonValue


def event_body(payload: JsonValue) -> bytes:
    """Encode a payload as JSON. Equal values give the same bytes."""
    return sorted_json(payload)
