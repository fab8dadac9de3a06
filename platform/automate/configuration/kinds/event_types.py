"""Event types of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from automate.configuration.kinds.kind import ObjectKind, Saved, StoredEntry, as_sent, flagged
from automate.configuration.shape import Entry
from automate.events.event_types.models import FLAG, EventType
from automate.events.event_types.search_keys import SearchKey
from automate.events.event_types.services import save_event_type
from automate.kernel.json_values import as_objects, as_text, as_texts
from automate.kernel.written import as_written
from automate.workflows.diffing import ChangedValue

DEFAULTS: Entry = {"schema": {}, "onMismatch": FLAG.upper(), "searchKeys": [], "sensitivePaths": []}


class EventTypes(ObjectKind):
    name, section, model = "event_type", "eventTypes", EventType
    listed = Q(deleted_at__isnull=True)
    # Without its event type, sensitive values would be shown.
    enabled = None

    def known(self, rows: Sequence[EventType]) -> list[StoredEntry]:
        return [StoredEntry(_entry(row), row.revision) for row in rows]

    def whole(self, entry: Entry) -> Entry:
        return {**DEFAULTS, **entry}

    def save(self, entry: Entry, known: StoredEntry | None) -> Saved:
        wanted = self.whole(entry)
        save_event_type(
            name=as_text(wanted["name"]),
            schema=wanted["schema"],
            on_mismatch=as_text(wanted["onMismatch"]).lower(),
            search_keys=[
                SearchKey(as_text(key["name"]), as_text(key["expression"])) for key in as_objects(wanted["searchKeys"])
            ],
            sensitive_paths=as_texts(wanted["sensitivePaths"]),
            expected_revision=known.revision if known else None,
        )
        return Saved()

    def archive_or_delete(self, known: StoredEntry) -> ChangedValue:
        raise AssertionError(f"{known.entry['name']}: no event type is pruned")


def _entry(row: EventType) -> Entry:
    return flagged(
        {"name": row.slug},
        schema=(as_sent(as_written(row.schema, row.written) or {}), DEFAULTS["schema"]),
        onMismatch=(row.on_mismatch.upper(), DEFAULTS["onMismatch"]),
        searchKeys=(row.search_keys, DEFAULTS["searchKeys"]),
        sensitivePaths=(row.sensitive_paths, DEFAULTS["sensitivePaths"]),
    )
