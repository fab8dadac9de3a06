"""Relay's global ids: the base64 of ``Type:uuid``. Where only one type is possible, a UUID is accepted too."""

from __future__ import annotations

import uuid

from strawberry.relay.utils import from_base64, to_base64

from automate.kernel.problems import no_such

MAX_CHARACTERS = 256
UUID_CHARACTERS = 36


def global_id(type_name: str, row_id: uuid.UUID) -> str:
    return to_base64(type_name, row_id)


def parse_global_id(text: str) -> tuple[str, uuid.UUID] | None:
    """Return the type name and the row id in a global id, or None."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        type_name, row_id = from_base64(text)
        parsed = uuid.UUID(row_id)
    except ValueError:
        return None
    return (type_name, parsed) if global_id(type_name, parsed) == text else None


def row_id_of(text: str, type_name: str) -> uuid.UUID | None:
    """Extract the row id from a global id of this type, or from a UUID. Return None for any other text."""
    return global_row_id_of(text, type_name) or _bare(text)


def existing_id(text: str, type_name: str, what: str, listed: str, field: str) -> uuid.UUID:
    """Extract the row id from a node id, as ``row_id_of`` does. Raises NOT_FOUND for a text that is no node id of this type."""
    row_id = row_id_of(text, type_name)
    if row_id is None:
        raise no_such(what, "id", listed, field)
    return row_id


def global_row_id_of(text: str, type_name: str) -> uuid.UUID | None:
    """Extract the row id from a global id of this type. Return None for any other text, for example for a slug."""
    parsed = parse_global_id(text)
    return parsed[1] if parsed is not None and parsed[0] == type_name else None


def _bare(text: str) -> uuid.UUID | None:
    # `uuid.UUID` would also accept braces, urn: and other forms.
    if len(text) != UUID_CHARACTERS:
        return None
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None
