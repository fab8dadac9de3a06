"""Answers as JSON text."""

from __future__ import annotations

import json

import orjson

from automate.kernel.errors import Json


def dumps(value: Json) -> bytes:
    """orjson, and for integers past 64 bits, which payloads may have, the standard library."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
