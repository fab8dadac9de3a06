"""Relay's global ids: base64 of ``Type:uuid``. Where only one type is possible, a plain UUID as in logs and templates is
accepted too.

A malformed id is treated as an unknown id.
"""

from __future__ import annotations

import uuid

from strawberry.relay.utils import from_base64, to_base64

MAX_CHARACTERS = 256
UUID_CHARACTERS = 36


def global_id(type_name: str, row_id: uuid.UUID) -> str:
    return to_base64(type_name, row_id)


def parse_global_id(text: str) -> tuple[str, uuid.UUID] | None:
    """The type's name and the row's id; None for a text that is not a global id of this API."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        type_name, row_id = from_base64(text)
        parsed = uuid.UUID(row_id)
    except ValueError:
        return None
    return (type_name, parsed) if global_id(type_name, parsed) == text else None


def row_id_of(text: str, type_name: str) -> uuid.UUID | None:
    """The row's id, from a global id of that type or a plain UUID. The row may belong to any tenant."""
    return global_row_id_of(text, type_name) or _bare(text)


def global_row_id_of(text: str, type_name: str) -> uuid.UUID | None:
    """The row's id from a global id of this type; plain UUIDs are not accepted. For fields that also accept a slug, which may
    look like a UUID.
    """
    parsed = parse_global_id(text)
    return parsed[1] if parsed is not None and parsed[0] == type_name else None


def _bare(text: str) -> uuid.UUID | None:
    """Parse a UUID in its canonical form. uuid.UUID also accepts braces, urn: and other forms."""
    if len(text) != UUID_CHARACTERS:
        return None
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None
