"""Kept deliveries, as rows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from automate.events.models import DUPLICATE
from automate.kernel.errors import Json
from automate.kernel.queries import Condition, Page, Reader, Slice, count_of, page_of, within
from automate.kernel.sql import fetch

SOURCE_OF_SLUG = "d.source_id = ANY (ARRAY(SELECT id FROM source WHERE slug = %s))"
# What is needed to take some in after all.
STORED = "SELECT d.id, d.headers::text, d.sealed_headers, d.body FROM delivery AS d WHERE d.id = ANY (%s)"
REDELIVERED = "SELECT redelivered_from_id, id FROM event WHERE redelivered_from_id = ANY (%s) ORDER BY id"
UNKEPT = """
SELECT source_id, sum(unkept) FROM delivery_tally
WHERE source_id = ANY (%s) AND day > (now() AT TIME ZONE 'UTC')::date - %s GROUP BY source_id
"""


@dataclass(frozen=True)
class KeptDelivery:
    """A webhook that came and made no event. event_id: the first one's, of a repeat. redeliverable: whether its body is there. redelivered_id: the event that it
    became after all. reason: what its sender was told.
    """

    id: uuid.UUID
    source_id: uuid.UUID
    outcome: str
    idempotency_key: str
    type: str
    event_id: uuid.UUID | None
    secret_version: int | None
    payload_bytes: int
    payload_sha256: str
    trace_id: str
    received_at: datetime
    expires_at: datetime
    redeliverable: bool
    redelivered_id: uuid.UUID | None
    reason: Json


_row = Reader(
    KeptDelivery,
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
    """A delivery as it came. sealed_headers: all of them."""

    headers: Mapping[str, Json]
    sealed_headers: str = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True)
class KeptFilter:
    """None means any. source: a slug. codes: of reasons. since, until: when they came, until not included."""

    source: str | None = None
    outcomes: tuple[str, ...] | None = None
    codes: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


def kept_page(wanted: KeptFilter, part: Slice) -> Page[KeptDelivery]:
    return page_of(SELECT_DELIVERIES, "d.id", part, _conditions(wanted), _row)


def count_kept(wanted: KeptFilter) -> int:
    return count_of("delivery AS d", _conditions(wanted))


def kept_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, KeptDelivery]:
    return {row[0]: _row(row) for row in fetch(SELECT_DELIVERIES + " WHERE d.id = ANY(%s)", [list(ids)])}


def stored_requests(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, StoredRequest]:
    return {
        row_id: StoredRequest(json.loads(headers), sealed, None if body is None else bytes(body))
        for row_id, headers, sealed, body in fetch(STORED, [list(ids)])
    }


def redelivered_events(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The events that deliveries became after all, by the delivery, in their order."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for delivery_id, event_id in fetch(REDELIVERED, [list(ids)]):
        found.setdefault(delivery_id, []).append(event_id)
    return found


def unkept_of(sources: Sequence[uuid.UUID], days: int) -> dict[uuid.UUID, int]:
    """How many deliveries of the last days were only counted, at least; by source, those with any."""
    return {source: int(count) for source, count in fetch(UNKEPT, [list(sources), days])}


def _conditions(wanted: KeptFilter) -> list[Condition]:
    conditions = within("d.received_at", "d.id", wanted.since, wanted.until)
    if wanted.source is not None:
        conditions.append(Condition(SOURCE_OF_SLUG, (wanted.source,)))
    if wanted.outcomes is not None:
        conditions.append(Condition("d.outcome = ANY (%s)", (list(wanted.outcomes),)))
    if wanted.codes is not None:
        conditions.append(Condition("d.reason ->> 'code' = ANY (%s)", (list(wanted.codes),)))
    return conditions
