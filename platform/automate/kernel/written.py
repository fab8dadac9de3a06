"""Stores the original text of JSON beside the jsonb value, because jsonb loses the order of keys.

The text is shown only if it has the same content as the jsonb value.
"""

from __future__ import annotations

import hashlib

from automate.kernel.canonical import canonical_json
from automate.kernel.json_text import json_bytes, value_of
from automate.kernel.json_values import JsonValue


def text_of(value: JsonValue) -> str | None:
    """Return the compact JSON text of a value, or None for null."""
    return None if value is None else json_bytes(value).decode()


def shown(column: str, text: str) -> str:
    """Return SQL that reads a JSON value as it was written. ``text`` is the column with the original text, and ``column`` is the jsonb column with the value."""
    return f"CASE WHEN {text}::jsonb = {column} THEN {text} ELSE {column}::text END"


def as_written(value: JsonValue, text: str | None) -> JsonValue:
    """Return a jsonb value with its keys in the original order."""
    if text is None:
        return value
    found = value_of(text)
    return found if canonical_json(found) == canonical_json(value) else value


def rewritten(value: JsonValue, text: str | None, wanted: JsonValue) -> dict[str, tuple[JsonValue, JsonValue]]:
    """Return audit details for a change of the stored JSON text. A new order of the keys counts as a change, too.

    The result is empty if the text has not changed.
    """
    before, after = text_of(as_written(value, text)), text_of(wanted)
    return {} if before == after else {"written": (_digest(before), _digest(after))}


def _digest(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
