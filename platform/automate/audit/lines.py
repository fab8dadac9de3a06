"""Writes an audit entry as one line of JSON, and checks such a line. This module imports no Django."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone

import orjson

from automate.audit.hashing import FIELDS, entry_hash
from automate.kernel.json_values import JsonValue


def line_of(at: datetime, entry: Mapping[str, JsonValue], digest: str) -> str:
    """Write an entry as one line of JSON."""
    shown = {"at": _written(at), **{name: entry[name] for name in FIELDS}, "hash": digest, "seal": None}
    # ASCII, because many readers also split lines at separators that JSON allows within a text.
    return json.dumps(shown, separators=(",", ":"))


def problem_of(line: str) -> str | None:
    """Return the reason why a line is not a valid audit entry. Return None if the line is valid."""
    try:
        entry = orjson.loads(line)
        at = datetime.strptime(entry["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
        uuid.UUID(entry["id"])
        computed, stored = entry_hash(at, entry), entry["hash"]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        return f"it is not an audit entry ({type(error).__name__})"
    return None if computed == stored else f"its hash is {stored}, but the hash of its fields is {computed}"


def _written(at: datetime) -> str:
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
