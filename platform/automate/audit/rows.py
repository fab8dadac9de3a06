"""The row of an audit entry: the one declaration of its columns. This module imports no Django."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.json_values import JsonValue


@dataclass(frozen=True)
class EntryRow:
    """One audit entry. A column that is added later must allow null, because the hashes of older entries omit it."""

    id: uuid.UUID
    # The time of the transaction that wrote the entry.
    at: datetime
    actor_kind: str
    # A token's id, or a name's digest; empty for the system.
    actor_id: str
    actor_name: str
    # noun.verb
    action: str
    object_kind: str
    object_id: str
    object_label: str
    # A field's name -> its value before and after.
    changes: Mapping[str, JsonValue]
    trace_id: str
    # 64 hexadecimal digits.
    hash: str

    def hashed(self) -> dict[str, JsonValue]:
        """Return the fields that the hash covers."""
        return {**vars(self), "id": str(self.id)}
