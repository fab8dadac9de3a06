"""Keeps the text of JSON beside the jsonb value, because jsonb loses the order of keys.

The text is shown only if it has the same content as the jsonb value.
"""

from __future__ import annotations

import hashlib

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json
from automate.kernel.json_text import json_bytes, value_of


def text_of(value: Json) -> str | None:
    """Return the compact JSON text of a value, or None for null."""
    return None if value is None else json_bytes(value).decode()


def shown(column: str, text: str) -> str:
    """Return SQL for the original text of a jsonb column. ``text`` is the column with the text."""
    return f"CASE WHEN {text}::jsonb = {column} THEN {text} ELSE {column}::text END"


def as_written(value: Json, text: str | None) -> Json:
    """Return a jsonb value with its keys in the original order."""
    if text is None:
        return value
    found = value_of(text)
    return found if canonical_json(found) == canonical_json(value) else value


def rewritten(value: Json, text: str | None, wanted: Json) -> dict[str, tuple[Json, Json]]:
    """Return details for an audit entry if only the order of keys changed."""
    before, after = text_of(as_written(value, text)), text_of(wanted)
    return {} if before == after else {"written": (_digest(before), _digest(after))}


def _digest(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
