"""Reads the rows of event types."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from automate.events.event_types.models import EventType
from automate.kernel.models import computed
from automate.kernel.sql import fetch
from automate.kernel.written import shown

# Whether any type of the tenant declares sensitive paths, as a column.
DECLARES_SENSITIVE = "EXISTS (SELECT FROM event_type t WHERE t.deleted_at IS NULL AND t.sensitive_paths <> '[]')"
# The mark of the last change and all declarations that ingestion reads, from one snapshot.
DECLARED = """
SELECT m.mark, t.slug, t.schema::text, t.on_mismatch, t.search_keys::text
FROM (SELECT coalesce(max(mark), 0) AS mark FROM event_type) AS m
LEFT JOIN event_type AS t ON t.deleted_at IS NULL AND (t.schema IS NOT NULL OR t.search_keys <> '[]')
"""


# The progress of indexing as JSON text, with times in microseconds. Null for a type that never had search keys.
_INDEX = (
    "(SELECT json_build_array(x.done, x.total, (extract(epoch FROM x.started_at) * 1000000)::bigint,"
    " (extract(epoch FROM x.finished_at) * 1000000)::bigint)::text FROM event_reindex AS x WHERE x.event_type_id = id)"
)
EVENT_TYPES: QuerySet[EventType] = (
    QuerySet(EventType)
    .filter(deleted_at=None)
    .annotate(
        shown_schema=computed(shown("schema", "written"), "schema", "written"), shown_index=computed(_INDEX, "id")
    )
    .defer("schema", "written")
)


@dataclass(frozen=True)
class DeclaredRow:
    """The columns that ingestion reads from the declaration of an event type."""

    name: str
    schema: str | None
    on_mismatch: str
    search_keys: str


def event_types_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, EventType]:
    return EVENT_TYPES.in_bulk(ids)


def event_type_by_name(name: str) -> EventType | None:
    found: EventType | None = EVENT_TYPES.filter(slug=name).first()
    return found


def declared_types() -> tuple[int, list[DeclaredRow]]:
    # The number of the last change, called mark, is 0 if there was no change.
    rows = fetch(DECLARED)
    ((mark, *_), *_) = rows
    return mark, [DeclaredRow(name, *columns) for _, name, *columns in rows if name is not None]
