"""Encodes answers as JSON."""

from __future__ import annotations

from datetime import datetime

from automate.kernel.errors import Json
from automate.kernel.json_text import Encoded, json_bytes


def dumps(value: Json) -> bytes:
    return json_bytes(value, strict=True)


def text_of(value: Json) -> Encoded:
    # A copy, because orjson leaves its buffer at the size that it guessed: 33 MB for 200,000 empty lists.
    return Encoded(bytes(memoryview(dumps(value))))


def present(**values: Json) -> dict[str, Json]:
    """Return the fields of a filter as JSON, without None."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }
