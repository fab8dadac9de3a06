"""Stored deliveries, as rows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from automate.events.models import DUPLICATE
from automate.kernel.json_values import JsonValue
from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of, rows_by_id, within
from automate.kernel.sql import fetch

SOURCE_OF_SLUG = "d.source_id = ANY (ARRAY(SELECT id FROM source WHERE slug = %s))"
# The requests of deliveries, for a redelivery.
STORED = "SELECT d.id, d.headers::text, d.sealed_headers, d.body FROM delivery AS d WHERE d.id = ANY (%s)"
REDELIVERED = "SELECT redelivered_from_id, id FROM event WHERE redelivered_from_id = ANY (%s) ORDER BY id"
UNKEPT = """
SELECT source_id, sum(unkept) FROM delivery_tally
WHERE source_id = ANY (%s) AND day > (now() AT TIME ZONE 'UTC')::date - %s GROUP BY source_id
"""


@dataclass(frozen=True)
class RejectedDelivery:
    """A stored webhook request that made no event."""

    id: uuid.UUID
    source_id: uuid.UUID
    outcome: str
    idempotency_key: str
    type: str
    event_id: uuid.UUID | None
    """For a repeat: the first event."""
    secret_version: int | None
    payload_bytes: int
    payload_sha256: str
    trace_id: str
    received_at: datetime
    expires_at: datetime
    redeliverable: bool
    """Whether its body is stored."""
    redelivered_id: uuid.UUID | None
    """The event that a redelivery made."""
    reason: JsonValue
    """The error that its sender received."""


_row = RowReader(
    RejectedDelivery,
    "d",
    {
        "redeliverable": f"d.body IS NOT NULL AND d.outcome <> '{DUPLICATE}'",
        "redelivered_id": "(SELECT e.id FROM event e WHERE e.redelivered_from_id = d.id ORDER BY e.id LIMIT 1)",
        "reason": "d.reason::text",
    },
    reason=json.loads,
)
SELECT_DELIVERIES = f"SELECT {_row.columns} FROM delivery AS d"


@dataclass(frozen=True)
class StoredRequest:
    """The stored request of a delivery."""

    headers: Mapping[str, JsonValue]
    sealed_headers: str = field(repr=False)
    """All headers, sealed."""
    body: bytes | None = field(repr=False)


@dataclass(frozen=True)
class RejectedDeliveryFilter:
    """Filters for the list of deliveries. A field that is None does not filter."""

    source: str | None = None
    """A slug."""
    outcomes: tuple[str, ...] | None = None
    codes: tuple[str, ...] | None = None
    """Codes of reasons."""
    since: datetime | None = None
    """Receipt at or after this time."""
    until: datetime | None = None
    """Receipt before this time."""


def rejected_page(wanted: RejectedDeliveryFilter, part: Slice) -> Page[RejectedDelivery]:
    return page_of(SELECT_DELIVERIES, "d.id", part, _conditions(wanted), _row)


def count_rejected(wanted: RejectedDeliveryFilter) -> int:
    return count_of("delivery AS d", _conditions(wanted))


def rejected_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, RejectedDelivery]:
    return rows_by_id(_row, SELECT_DELIVERIES + " WHERE d.id = ANY(%s)", ids)


def stored_requests(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, StoredRequest]:
    return {
        row_id: StoredRequest(json.loads(headers), sealed, None if body is None else bytes(body))
        for row_id, headers, sealed, body in fetch(STORED, [list(ids)])
    }


def redelivered_events(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Return the events that were created from each redelivered delivery, oldest first."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for delivery_id, event_id in fetch(REDELIVERED, [list(ids)]):
        found.setdefault(delivery_id, []).append(event_id)
    return found


def count_unstored(sources: Sequence[uuid.UUID], days: int) -> dict[uuid.UUID, int]:
    """For each source, return the number of deliveries that were counted but not stored."""
    return {source: int(count) for source, count in fetch(UNKEPT, [list(sources), days])}


def _conditions(wanted: RejectedDeliveryFilter) -> list[Condition]:
    conditions = within("d.received_at", "d.id", wanted.since, wanted.until)
    if wanted.source is not None:
        conditions.append(Condition(SOURCE_OF_SLUG, (wanted.source,)))
    if wanted.outcomes is not None:
        conditions.append(Condition("d.outcome = ANY (%s)", (list(wanted.outcomes),)))
    if wanted.codes is not None:
        conditions.append(Condition("d.reason ->> 'code' = ANY (%s)", (list(wanted.codes),)))
    return conditions
