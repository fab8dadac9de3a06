"""An event, as the engine, rules and templates read it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from automate.kernel.json_values import JsonValue
from automate.kernel.large import Large
from automate.kernel.rows import DatabaseValue
from automate.kernel.sensitive_paths import shown, values_at
from automate.kernel.sensitive_values import Hider
from automate.kernel.strict_json import loads


@dataclass(frozen=True)
class EventRecord:
    """An event with its payload."""

    id: uuid.UUID
    type: str
    source: str
    subject: str
    headers: dict[str, JsonValue]
    occurred_at: datetime
    received_at: datetime
    trace_id: str
    depth: int
    body: bytes | None
    """The payload as sent; None for an erased or large payload."""
    large: Large | None = None
    """A large payload, which is read if needed."""
    sensitive: tuple[str, ...] = ()
    """The sensitive paths of the event's type, see ``kernel.sensitive_paths``."""

    def payload(self) -> JsonValue:
        """Return the parsed payload, or None if the payload was erased."""
        body = self.body if self.large is None else self.large.text()
        return None if body is None else loads(body)

    def seen_by_rules(self) -> dict[str, JsonValue]:
        """Return the values that rules can read: ``type source subject payload headers occurred_at``."""
        return {**self.head(), "payload": self.payload()}

    def shown_by_rules(self) -> JsonValue:
        """Return the values that rules can read. Sensitive values are redacted."""
        return shown(self.seen_by_rules(), self.sensitive)

    def shown_by_templates(self) -> JsonValue:
        """Return the values that templates read. Sensitive values are redacted."""
        return shown(self.seen_by_templates(), self.sensitive)

    def hider(self) -> Hider | None:
        """Return an object that redacts the event's sensitive values. Return None if the event has no sensitive values.

        If the payload was erased, the object redacts everything.
        """
        if not self.sensitive:
            return None
        if self.body is None and self.large is None:
            return Hider.of_everything()
        return Hider(values_at({"payload": self.payload(), "headers": self.headers}, self.sensitive))

    def head(self) -> dict[str, JsonValue]:
        """Return all values that rules can read, except the payload."""
        return {
            "type": self.type,
            "source": self.source,
            "subject": self.subject,
            "headers": self.headers,
            "occurred_at": self.occurred_at.isoformat(),
        }

    def with_body(self, body: bytes | None) -> EventRecord:
        """Return this event with the given payload. If the payload is None, return this event unchanged."""
        return self if body is None else replace(self, body=body)

    def seen_by_templates(self) -> dict[str, JsonValue]:
        """Return the value of ``event`` in templates.

        Templates read all members that rules read. In addition, templates read ``id``, ``received_at`` and ``trace_id``.
        """
        return {**self.seen_by_rules(), **self._marks()}

    def head_for_templates(self) -> dict[str, JsonValue]:
        """Return all values that templates can read, except the payload."""
        return {**self.head(), **self._marks()}

    def _marks(self) -> dict[str, JsonValue]:
        return {"id": str(self.id), "received_at": self.received_at.isoformat(), "trace_id": self.trace_id}


HEAD = """e.id, e.type, coalesce(s.slug, ''), e.subject, e.headers, e.occurred_at, e.received_at, e.trace_id, e.depth,
(SELECT sensitive.sensitive_paths FROM event_type sensitive WHERE sensitive.slug = e.type AND sensitive.deleted_at IS NULL)"""
COLUMNS = f"{HEAD}, p.body"
TABLES = "event e LEFT JOIN source s ON s.id = e.source_id LEFT JOIN event_payload p ON p.event_id = e.id"
"""COLUMNS and TABLES are for statements that read events. The columns are the fields of EventRecord, in order."""
_HEADERS = 4


def record_of(columns: Sequence[DatabaseValue]) -> EventRecord:
    """Make a record from a database row that has the columns COLUMNS."""
    *fields, paths, body = columns
    # Django's driver returns JSON as text.
    fields[_HEADERS] = orjson.loads(fields[_HEADERS])
    sensitive = () if paths is None else tuple(orjson.loads(paths))
    return EventRecord(*[*fields, None if body is None else bytes(body), None, sensitive])
