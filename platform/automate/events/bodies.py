"""Encodes payloads."""

from __future__ import annotations

from automate.kernel.errors import Json
from automate.kernel.json_text import sorted_json


def event_body(payload: Json) -> bytes:
    """Encode a payload as JSON. Equal values give the same bytes."""
    return sorted_json(payload)
