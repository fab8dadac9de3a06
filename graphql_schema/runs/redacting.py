"""Redacts stored JSON of runs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import TypeVar

from automate.kernel.json_text import Encoded
from automate.kernel.json_values import JsonValue
from automate.kernel.redaction import redact
from automate.runs import history_queries
from automate.runs.sensitive_queries import hiders_of
from graphql_schema.json_text import text_of

Key = TypeVar("Key", str, uuid.UUID)


def redacted(texts: list[history_queries.Copied[Key]], part: Callable[[JsonValue], JsonValue]) -> dict[Key, Encoded]:
    """Redact stored JSON texts. The function ``part`` selects the part of a value to show. The result maps keys to JSON."""
    hiders = hiders_of([one.run_id for one in texts if one.guarded]) if any(one.guarded for one in texts) else {}
    shown: dict[Key, Encoded] = {}
    while texts:
        one = texts.pop()
        value, hider = part(json.loads(one.text)), hiders.get(one.run_id)
        shown[one.key] = text_of(redact(value if hider is None else hider.scrub(value)))
    return shown
