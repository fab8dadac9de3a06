"""Reads the rows of event types."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from psycopg.rows import TupleRow

from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of, rows_by_id
from automate.kernel.sql import fetch
from automate.kernel.written import shown

LIVE = (Condition("t.deleted_at IS NULL", ()),)
# Whether any type of the tenant declares sensitive paths, as a column.
DECLARES_SENSITIVE = "EXISTS (SELECT FROM event_type t WHERE t.deleted_at IS NULL AND t.sensitive_paths <> '[]')"
# The mark of the last change and all declarations that ingestion reads, from one snapshot.
DECLARED = """
SELECT m.mark, t.slug, t.schema::text, t.on_mismatch, t.search_keys::text
FROM (SELECT coalesce(max(mark), 0) AS mark FROM event_type) AS m
LEFT JOIN event_type AS t ON t.deleted_at IS NULL AND (t.schema IS NOT NULL OR t.search_keys <> '[]')
"""


@dataclass(frozen=True)
class IndexRow:
    """The progress of indexing stored events."""

    done: int
    total: int | None
    """None until the number is known."""
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class EventTypeRow:
    """The declaration of one event type."""

    id: uuid.UUID
    name: str
    """The type of the events."""
    on_mismatch: str
    revision: int
    created_at: datetime
    updated_at: datetime
    schema: str | None
    """JSON text."""
    search_keys: Sequence[Mapping[str, str]]
    """``{name, expression}``."""
    sensitive_paths: Sequence[str]
    index: IndexRow | None = field(kw_only=True)


_own = RowReader(
    EventTypeRow,
    "t",
    {
        "name": "t.slug",
        "schema": shown("t.schema", "t.written"),
        "search_keys": "t.search_keys::text",
        "sensitive_paths": "t.sensitive_paths::text",
    },
    search_keys=orjson.loads,
    sensitive_paths=orjson.loads,
)
# A page of event types, or event types by id or name.
SELECT_TYPES = (
    f"SELECT {_own.columns}, x.done, x.total, x.started_at, x.finished_at"
    " FROM event_type AS t LEFT JOIN event_reindex AS x ON x.event_type_id = t.id"
)


def type_row(row: TupleRow) -> EventTypeRow:
    *own, done, total, started_at, finished_at = row
    return _own(own, index=None if started_at is None else IndexRow(done, total, started_at, finished_at))


@dataclass(frozen=True)
class DeclaredRow:
    """The columns that ingestion reads from the declaration of an event type."""

    name: str
    schema: str | None
    on_mismatch: str
    search_keys: str


def event_types_page(part: Slice) -> Page[EventTypeRow]:
    """Return a page of the tenant's event types, newest first."""
    return page_of(SELECT_TYPES, "t.id", part, LIVE, type_row)


def count_event_types() -> int:
    return count_of("event_type AS t", LIVE)


def event_types_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, EventTypeRow]:
    return rows_by_id(type_row, f"{SELECT_TYPES} WHERE t.id = ANY (%s) AND t.deleted_at IS NULL", ids)


def event_type_by_name(name: str) -> EventTypeRow | None:
    rows = fetch(f"{SELECT_TYPES} WHERE t.slug = %s AND t.deleted_at IS NULL", [name])
    return type_row(rows[0]) if rows else None


def declared_types() -> tuple[int, list[DeclaredRow]]:
    # The number of the last change, called mark, is 0 if there was no change.
    rows = fetch(DECLARED)
    ((mark, *_), *_) = rows
    return mark, [DeclaredRow(name, *columns) for _, name, *columns in rows if name is not None]
