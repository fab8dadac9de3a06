"""JSON in its original form. ``jsonb`` does not keep the order of keys, so a second column holds the text.

The text is shown only if it has the same content as the value: older processes change the value and not the text.
"""

from __future__ import annotations

import hashlib

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json
from automate.kernel.json_text import value_of
from automate.kernel.storable import json_bytes


def text_of(value: Json) -> str | None:
    """The compact text of a value, its keys in their order. None for null."""
    return None if value is None else json_bytes(value).decode()


def shown(column: str, text: str) -> str:
    """The SQL text of a jsonb column with the order of the original. text: the column with the text, or NULL."""
    return f"CASE WHEN {text}::jsonb = {column} THEN {text} ELSE {column}::text END"


def as_written(value: Json, text: str | None) -> Json:
    """The value of a jsonb column with its keys in the order of the text."""
    if text is None:
        return value
    found = value_of(text)
    return found if canonical_json(found) == canonical_json(value) else value


def rewritten(value: Json, text: str | None, wanted: Json) -> dict[str, tuple[Json, Json]]:
    """The details of an audit entry for an equal value in another order: SHA-256 of both texts. Empty if the texts are equal."""
    before, after = text_of(as_written(value, text)), text_of(wanted)
    return {} if before == after else {"written": (_digest(before), _digest(after))}


def _digest(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
