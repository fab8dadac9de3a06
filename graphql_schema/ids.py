"""Relay's global ids, which are the base64 of ``Type:uuid``.

Where only one type is possible, a plain UUID is accepted too, because logs and templates show plain UUIDs. A malformed
id is treated like an unknown id.
"""

from __future__ import annotations

import uuid

from strawberry.relay.utils import from_base64, to_base64

MAX_CHARACTERS = 256
UUID_CHARACTERS = 36


def global_id(type_name: str, row_id: uuid.UUID) -> str:
    return to_base64(type_name, row_id)


def parse_global_id(text: str) -> tuple[str, uuid.UUID] | None:
    """The type name and the row id in a global id; None if the text is no global id of this API."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        type_name, row_id = from_base64(text)
        parsed = uuid.UUID(row_id)
    except ValueError:
        return None
    return (type_name, parsed) if global_id(type_name, parsed) == text else None


def row_id_of(text: str, type_name: str) -> uuid.UUID | None:
    """The row id in a global id of this type or in a plain UUID; otherwise None. The row may belong to any tenant."""
    return global_row_id_of(text, type_name) or _bare(text)


def global_row_id_of(text: str, type_name: str) -> uuid.UUID | None:
    """The row id in a global id of this type; otherwise None.

    Plain UUIDs are not accepted. Use this for fields that also accept a slug, because a slug may look like a UUID.
    """
    parsed = parse_global_id(text)
    return parsed[1] if parsed is not None and parsed[0] == type_name else None


def _bare(text: str) -> uuid.UUID | None:
    """Parse a UUID in its usual form. ``uuid.UUID`` would also accept braces, urn: and other forms."""
    if len(text) != UUID_CHARACTERS:
        return None
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None
