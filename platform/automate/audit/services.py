"""Records an action in the transaction that performs the action."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

from automate.audit import transitions
from automate.audit.hashing import hashed_fields, stored_form
from automate.kernel import access_changes
from automate.kernel.canonical import canonical_json
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.principals import current_principal
from automate.kernel.redaction import redact
from automate.kernel.trace import current_trace
from automate.kernel.transactions import require_transaction

AT_ONCE = 100
"""Entries that wait to be written together."""
_waiting: ContextVar[list[Mapping[str, JsonValue]] | None] = ContextVar("waiting", default=None)

AuditedValue: TypeAlias = Any
"""The value of an audited field, which is JSON. django-stubs types the value of a JSONField as Any."""
Changes = Mapping[str, tuple[AuditedValue, AuditedValue]]
"""Field -> (before, after); before is None if there was no value."""


def entry(
    action: str, object_kind: str, object_id: uuid.UUID | str, object_label: str, changes: Changes
) -> dict[str, JsonValue]:
    """Create an audit entry for an action of the current Principal. The entry contains no secrets."""
    access_changes.note(action)
    principal = current_principal()
    fields: dict[str, JsonValue] = {
        "id": str(new_id()),
        "actor_kind": principal.kind,
        "actor_id": principal.id,
        "actor_name": principal.name,
        "action": action,
        "object_kind": object_kind,
        "object_id": str(object_id),
        "object_label": object_label[:255],
        # As one value, so that a sensitive field's name hides both sides.
        "changes": stored_form(redact({field: list(pair) for field, pair in changes.items()})),
        "trace_id": current_trace().trace_id,
    }
    return {**fields, "hashed": hashed_fields(fields)}


def record(action: str, object_kind: str, object_id: uuid.UUID | str, object_label: str, changes: Changes) -> None:
    """Write one audit entry to the tenant's record. ``action`` is ``noun.verb``. Requires a transaction."""
    require_transaction()
    made = entry(action, object_kind, object_id, object_label, changes)
    waiting = _waiting.get()
    if waiting is None:
        transitions.insert([made])
        return
    waiting.append(made)
    if len(waiting) == AT_ONCE:
        _write(waiting)


def record_of_platform(  # noqa: PLR0917 - the parts of an entry
    action: str,
    object_kind: str,
    object_id: uuid.UUID | str,
    object_label: str,
    changes: Changes,
    tenant_id: uuid.UUID | None,
) -> None:
    """Write one audit entry to the platform's record. The tenant ``tenant_id`` can read this entry too.

    Requires a transaction.
    """
    require_transaction()
    transitions.insert_of_platform(entry(action, object_kind, object_id, object_label, changes), tenant_id)


def record_all_of_platform(entries: Sequence[tuple[Mapping[str, JsonValue], uuid.UUID | None]]) -> None:
    """Write audit entries to the platform's record. A tenant can read its own entries. Requires a transaction."""
    require_transaction()
    if entries:
        transitions.insert_for_tenants(entries)


@contextmanager
def written_together() -> Iterator[None]:
    """Collect the audit entries of a ``with`` block, and write all of them at its end. Requires a transaction."""
    require_transaction()
    waiting: list[Mapping[str, JsonValue]] = []
    before = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(before)
    _write(waiting)


def _write(waiting: list[Mapping[str, JsonValue]]) -> None:
    record_all(waiting)
    waiting.clear()


def record_all(entries: Sequence[Mapping[str, JsonValue]]) -> None:
    """Write audit entries to the tenant's record. Requires a transaction."""
    require_transaction()
    if entries:
        transitions.insert(entries)


def differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, tuple[AuditedValue, AuditedValue]]:
    """Return the changed fields of ``after``, each with its old value from ``before`` and its new value."""
    return {
        field: (before.get(field), value)
        for field, value in after.items()
        if canonical_json(before.get(field)) != canonical_json(value)
    }
