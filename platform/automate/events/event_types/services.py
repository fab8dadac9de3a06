"""Saves and deletes event types."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from django.db.models.functions import Now

from automate.audit import services as audit
from automate.events.event_types.indexing.chunks import start_reindex
from automate.events.event_types.models import FLAG, REJECT, EventType
from automate.events.event_types.names import check_name
from automate.events.event_types.schemas import SCHEMA_BYTES, schema_problems
from automate.events.event_types.search_keys import SearchKey, key_problems
from automate.events.event_types.transitions import next_mark
from automate.kernel.canonical import canonical_json
from automate.kernel.errors import NormalizedError
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonObject, JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import refusal_of
from automate.kernel.revisions import DELETE_IT, check_revision, write_revision
from automate.kernel.sensitive_paths import path_problems
from automate.kernel.strict_json import check_value
from automate.kernel.transactions import in_transaction
from automate.kernel.written import rewritten, text_of

DEFAULTS: JsonObject = {"schema": None, "on_mismatch": FLAG, "search_keys": [], "sensitive_paths": []}
AUDITED = ("schema", "on_mismatch", "search_keys", "sensitive_paths")


def save_event_type(
    *,
    name: str,
    schema: JsonValue = None,
    on_mismatch: str | None = None,
    search_keys: Sequence[SearchKey] | None = None,
    sensitive_paths: Sequence[str] | None = None,
    expected_revision: int | None = None,
) -> uuid.UUID:
    """Create or change an event type, and return its id. An argument that is None keeps the stored value.

    An empty ``schema`` removes the stored schema.

    Raises BAD_USER_INPUT, INVALID_TEMPLATE or LIMIT_EXCEEDED with every problem of the fields. Raises CONFLICT if the
    stored revision differs from ``expected_revision``. Raises LIMIT_EXCEEDED for a new event type, if the tenant already
    has ``LIMITS.event_types`` event types.
    """
    check_name(name)
    problems = [*_schema_problems(schema), *key_problems(search_keys or ()), *_path_problems(sensitive_paths)]
    if on_mismatch not in {None, FLAG, REJECT}:
        problems.append(NormalizedError("BAD_USER_INPUT", "onMismatch must be FLAG or REJECT.", path=["onMismatch"]))
    if problems:
        raise refusal_of(problems)
    given: dict[str, JsonValue] = {
        "on_mismatch": on_mismatch,
        "search_keys": None if search_keys is None else [asdict(key) for key in search_keys],
        "sensitive_paths": None if sensitive_paths is None else list(dict.fromkeys(sensitive_paths)),
    }
    with in_transaction():
        mark = next_mark()
        found = _live(name)
        check_revision(found, expected_revision)
        if found is None:
            _check_room()
        before = {field: getattr(found, field) for field in AUDITED} if found else {}
        stored = {**DEFAULTS, **before, **{field: value for field, value in given.items() if value is not None}}
        if schema is not None:
            stored["schema"] = schema or None
        # Compared as canonical JSON, because 1 == True in Python.
        keeps = found is not None and schema is None
        reordered = {} if found is None or keeps else rewritten(found.schema, found.written, stored["schema"])
        if found is not None and not reordered and canonical_json(before) == canonical_json(stored):
            unchanged: uuid.UUID = found.id
            return unchanged
        written = found.written if found is not None and keeps else text_of(stored["schema"])
        row_id = found.id if found else new_id()
        write_revision(EventType, found, row_id, name, {**stored, "written": written, "mark": mark})
        verb = "event_type.update" if found else "event_type.create"
        changes = audit.differences(before, stored) or reordered
        audit.record(verb, "event_type", row_id, name, changes)
        if stored["search_keys"] != before.get("search_keys", []):
            start_reindex(row_id)
    return row_id


def delete_event_type(name: str, *, expected_revision: int | None = None) -> uuid.UUID:
    """Delete an event type, and return its id. Events of the type are kept.

    Raises NOT_FOUND for an unknown name. Raises CONFLICT if the revision is not the expected one.
    """
    with in_transaction():
        mark = next_mark()
        found = _live(name)
        if found is None:
            message = f"There is no event type {name[:64]!r}. Look up its name in eventTypes."
            raise NormalizedError("NOT_FOUND", message, path=["eventType"])
        check_revision(found, expected_revision, DELETE_IT)
        write_revision(EventType, found, found.id, name, {"mark": mark, "deleted_at": Now()})
        changes: audit.Changes = {field: (getattr(found, field), None) for field in AUDITED}
        audit.record("event_type.delete", "event_type", found.id, name, changes)
        if found.search_keys:
            start_reindex(found.id)
        row_id: uuid.UUID = found.id
    return row_id


def _schema_problems(schema: JsonValue) -> Iterator[NormalizedError]:
    if schema is None:
        return
    try:
        check_value(schema, max_bytes=SCHEMA_BYTES)
    except NormalizedError as error:
        error.path = ["schema", *error.path]
        yield error
        return
    yield from schema_problems(schema)


def _path_problems(paths: Sequence[str] | None) -> Iterator[NormalizedError]:
    yield from path_problems(paths or (), ["sensitivePaths"])


def _live(name: str) -> EventType | None:
    # The caller holds the lock of `next_mark`, so the row cannot change.
    found: EventType | None = EventType.objects.filter(slug=name, deleted_at__isnull=True).first()
    return found


def _check_room() -> None:
    if EventType.objects.filter(deleted_at__isnull=True).count() >= LIMITS.event_types:
        message = f"This tenant has {LIMITS.event_types:,} event types, which is the maximum (limit event_types). First delete one of them with deleteEventType."
        details: dict[str, JsonValue] = {"limit": "event_types", "maximum": LIMITS.event_types}
        raise NormalizedError("LIMIT_EXCEEDED", message, details=details, path=["name"])
