"""Keep JSON as its author wrote it. ``jsonb`` loses the order of keys, so a second column holds the text.

The text is shown only if it has the same content as the jsonb value. A process of an earlier release changes the value
and not the text.
"""

from __future__ import annotations

import hashlib

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json
from automate.kernel.json_text import json_bytes, value_of


def text_of(value: Json) -> str | None:
    """The compact JSON text of a value, with the keys in their order. None for null."""
    return None if value is None else json_bytes(value).decode()


def shown(column: str, text: str) -> str:
    """SQL for the text of a jsonb column, with the keys in the order in which they were written.

    text: the column with the original text, which may be NULL.
    """
    return f"CASE WHEN {text}::jsonb = {column} THEN {text} ELSE {column}::text END"


def as_written(value: Json, text: str | None) -> Json:
    """Return a jsonb value with its keys in the order of the original text."""
    if text is None:
        return value
    found = value_of(text)
    return found if canonical_json(found) == canonical_json(value) else value


def rewritten(value: Json, text: str | None, wanted: Json) -> dict[str, tuple[Json, Json]]:
    """Details for an audit entry about a JSON value in which only the order of the keys changed.

    The details are the SHA-256 of the old text and of the new text. They are empty if both texts are equal.
    """
    before, after = text_of(as_written(value, text)), text_of(wanted)
    return {} if before == after else {"written": (_digest(before), _digest(after))}


def _digest(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
