"""Encodes payloads."""

from __future__ import annotations

import orjson

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json


def event_body(payload: Json) -> bytes:
    """Encode a payload as JSON. Equal values give the same bytes."""
    try:
        return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Integers beyond 64 bits, which orjson does not write.
        return canonical_json(payload)
