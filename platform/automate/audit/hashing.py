"""The hash of an audit entry: the sha256 of the canonical JSON ``[at, {field: value, …}]``.

``at`` is the time in UTC, with six decimals and ``Z``. This module imports no Django.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timezone
from typing import get_args, get_type_hints

from automate.audit.rows import EntryRow
from automate.kernel.canonical import canonical_json
from automate.kernel.json_values import JsonValue

EXPONENT_FROM = 1e16
"""The canonical form of a float has an exponent if the float is at least this large."""
LEAST, MOST = -(2**63), 2**64 - 1

FIELDS = tuple(field.name for field in fields(EntryRow) if field.name not in {"at", "hash"})
ADDED = frozenset(name for name, kind in get_type_hints(EntryRow).items() if type(None) in get_args(kind))
"""The fields that were added after release 0.1. The hash omits a null, so older entries keep their hash."""


def hashed_fields(entry: Mapping[str, JsonValue]) -> str:
    # The first half of the hashed text is the time, which only the database knows.
    covered = [name for name in FIELDS if name not in ADDED or entry.get(name) is not None]
    return canonical_json({name: entry[name] for name in covered}).decode()


def entry_hash(at: datetime, entry: Mapping[str, JsonValue]) -> str:
    # `entry` has all of FIELDS, with the id as text. A field of ADDED may be missing.
    timestamp = at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return hashlib.sha256(f'["{timestamp}",{hashed_fields(entry)}]'.encode()).hexdigest()


def stored_form(value: JsonValue) -> JsonValue:
    """Convert a value to the form that jsonb returns. The hash of this form equals the hash of the stored entry."""
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
