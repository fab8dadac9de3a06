"""Encodes answers as JSON."""

from __future__ import annotations

from datetime import datetime

from automate.kernel.json_text import Encoded, json_bytes
from automate.kernel.json_values import JsonValue
from graphql_schema.loaded import Shown


def dumps(value: object) -> bytes:
    return json_bytes(value, strict=True)


def text_of(value: JsonValue) -> Encoded:
    # A copy, because orjson leaves its buffer at the size that it guessed: 33 MB for 200,000 empty lists.
    return Encoded(bytes(memoryview(dumps(value))))


def json_of(value: Shown) -> JsonValue:
    """Return a JSON argument as a JsonValue. graphql-core has already parsed the argument."""
    return value


def present(**values: JsonValue | datetime) -> dict[str, JsonValue]:
    """Return the fields of a filter as JSON. Fields with the value None are left out."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None
    }
