"""Encoding of a payload that arrives as a value."""

from __future__ import annotations

import orjson

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json


def event_body(payload: Json) -> bytes:
    """The payload as JSON, with the same bytes for equal values, so that a repeat is recognised by its hash."""
    try:
        return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Integers beyond 64 bits, which orjson does not write.
        return canonical_json(payload)
