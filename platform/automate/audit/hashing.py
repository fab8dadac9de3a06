"""The hash of an audit entry. Anyone who exports entries can compute the hash again.

It is the sha256 of the canonical JSON ``[at, {field: value, …}]`` in UTF-8. ``at`` is the time in UTC, with six
decimals and ``Z``. This module imports no Django.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timezone

from automate.kernel.canonical import canonical_json
from automate.kernel.errors import Json

EXPONENT_FROM = 1e16
"""From here on, the canonical form of a float has an exponent."""
LEAST, MOST = -(2**63), 2**64 - 1

FIELDS = (
    "id",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "object_kind",
    "object_id",
    "object_label",
    "changes",
    "trace_id",
)


def hashed_fields(entry: Mapping[str, Json]) -> str:
    """The second half of the text that is hashed. The first half is the time, which only the database knows."""
    return canonical_json({name: entry[name] for name in FIELDS}).decode()


def entry_hash(at: datetime, entry: Mapping[str, Json]) -> str:
    """Compute the hash of an entry, as 64 hexadecimal digits. entry: all of FIELDS, with the id as text."""
    timestamp = at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return hashlib.sha256(f'["{timestamp}",{hashed_fields(entry)}]'.encode()).hexdigest()


def stored_form(value: Json) -> Json:
    """Return a value as jsonb returns it. Entries are hashed in this form, so that the hash matches the stored entry.

    jsonb has no negative zero, and writes 1e22 as an integer. Integers of more than 64 bits are stored as text.
    """
    if isinstance(value, dict):
        return {name: stored_form(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [stored_form(inner) for inner in value]
    if isinstance(value, float):
        if value == 0:
            return 0.0
        return stored_form(int(value)) if value.is_integer() and abs(value) >= EXPONENT_FROM else value
    if isinstance(value, int) and not isinstance(value, bool) and not LEAST <= value <= MOST:
        return str(value)
    return value
