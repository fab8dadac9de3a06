"""Reads webhook endpoints and deliveries as database rows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Func, IntegerField, QuerySet

from automate.effects.states import EFFECT_CONFIRMED, EFFECT_FAILED, EFFECT_INTENT, EFFECT_UNCERTAIN
from automate.endpoints.models import WebhookEndpoint
from automate.kernel.json_text import value_of
from automate.kernel.json_values import JsonObject, JsonValue, as_object
from automate.kernel.models import whether
from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of, rows_by_id
from automate.kernel.sql import as_set, fetch
from automate.runs.states import FAILED, RETRYING
from automate.workflows.connectors import target_of_url

SENDING, DELIVERED, UNKNOWN = "sending", "delivered", "unknown"
DELIVERY_STATES = (SENDING, RETRYING, DELIVERED, FAILED, UNKNOWN)


EVERY_ENDPOINT: QuerySet[WebhookEndpoint] = (
    QuerySet(WebhookEndpoint)
    .annotate(secret_count=Func("secrets", function="jsonb_array_length", output_field=IntegerField()))
    .defer("secrets")
)
ENDPOINTS: QuerySet[WebhookEndpoint] = EVERY_ENDPOINT.filter(deleted_at=None).alias(
    enabled=whether(disabled_at__isnull=True)
)
# The endpoint with a slug, or the last deleted endpoint that had it.
OF_SLUG = "SELECT id FROM webhook_endpoint WHERE slug = {slug} ORDER BY deleted_at DESC NULLS FIRST, id DESC LIMIT 1"
# The receivers of some messages. A message to an endpoint that was deleted meanwhile never goes to a new one with its slug.
RECEIVERS = f"""
SELECT m.key, e.id, e.slug, e.url, e.secrets::text, e.disabled_reason, e.revision, e.deleted_at IS NOT NULL
FROM json_to_recordset(%s::json) AS m (key text, slug text)
JOIN webhook_endpoint e ON e.id = coalesce(
    (SELECT o.id FROM webhook_delivery d JOIN webhook_endpoint o ON o.id = d.endpoint_id WHERE d.key = m.key AND o.slug = m.slug),
    ({OF_SLUG.format(slug="m.slug")}))
"""

_STATE = (
    f"CASE WHEN f.state = '{EFFECT_CONFIRMED}' THEN '{DELIVERED}' WHEN s.state = '{RETRYING}' THEN '{RETRYING}'"
    f" WHEN f.state = '{EFFECT_FAILED}' THEN '{FAILED}'"
    f" WHEN f.state = '{EFFECT_UNCERTAIN}' AND s.state = '{FAILED}' THEN '{UNKNOWN}' ELSE '{SENDING}' END"
)
# The latest attempt decides the state. A retry of the run continues the same effect.
_DELIVERIES = """webhook_delivery AS d
JOIN webhook_endpoint p ON p.id = d.endpoint_id
JOIN effect f ON f.key = d.key
JOIN execution_run r ON r.id = f.run_id
LEFT JOIN LATERAL (
    SELECT t.state, t.attempt, t.due_at, t.error FROM step_run t
    WHERE t.run_id = f.run_id AND t.key = f.step_key AND t.item = f.item ORDER BY t.attempt DESC LIMIT 1
) s ON true"""
MESSAGES = (
    "SELECT d.id, p.slug, d.key, (f.request -> 'input')::text, p.deleted_at IS NOT NULL"
    f" FROM {_DELIVERIES} WHERE d.id = ANY(%s)"
)


@dataclass(frozen=True)
class ReceiverRow:
    """An endpoint that receives a message."""

    key: str
    """The message's."""
    id: uuid.UUID
    slug: str
    url: str
    secrets: Sequence[str] = field(repr=False)
    """Sealed."""
    disabled: str
    """The reason why nothing is sent; empty while the endpoint is enabled."""
    revision: int
    deleted: bool

    @property
    def target(self) -> str:
        """The endpoint's host, in the form that the ledger stores. Empty if the endpoint is disabled or deleted."""
        return "" if self.disabled or self.deleted else target_of_url(self.url)


@dataclass(frozen=True)
class MessageRow:
    """A sent message, and the endpoint that it was sent to."""

    slug: str
    """The slug of the message's endpoint."""
    key: str
    """The key of the message's effect."""
    input: JsonValue
    """The input of the connector."""
    deleted: bool
    """True if its endpoint is deleted."""


@dataclass(frozen=True)
class DeliveryRow:
    """The delivery of one message to a webhook endpoint."""

    id: uuid.UUID
    endpoint: str
    type: str
    webhook_id: str
    state: str
    """One of DELIVERY_STATES."""
    attempt: int
    next_attempt_at: datetime | None
    """Set while the message is retried."""
    error: JsonObject | None
    """The error of the last failed attempt."""
    run_id: uuid.UUID
    trace_id: str
    created_at: datetime
    settled_at: datetime | None


def _error(text: str) -> JsonObject:
    return as_object(value_of(text))


delivery_row = RowReader(
    DeliveryRow,
    "d",
    {
        "endpoint": "p.slug",
        "type": "f.request #>> '{input,type}'",
        "webhook_id": "coalesce(f.request #>> '{input,id}', d.key)",
        "state": _STATE,
        "attempt": "coalesce(s.attempt, 1)",
        "next_attempt_at": f"CASE WHEN s.state = '{RETRYING}' THEN s.due_at END",
        "error": f"CASE WHEN f.state <> '{EFFECT_CONFIRMED}' THEN s.error::text END",
        "run_id": "f.run_id",
        "trace_id": "r.trace_id",
        "created_at": "d.at",
        "settled_at": f"CASE WHEN f.state <> '{EFFECT_INTENT}' THEN f.settled_at END",
    },
    error=_error,
)
SELECT_DELIVERIES = f"SELECT {delivery_row.columns} FROM {_DELIVERIES}"


@dataclass(frozen=True)
class DeliveriesFilter:
    """Filters for the list of deliveries. A field that is None does not filter."""

    endpoint: str | None = None
    """The slug of an endpoint, or of the last deleted one that had it."""
    endpoint_id: uuid.UUID | None = None
    states: tuple[str, ...] | None = None


def endpoints_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, WebhookEndpoint]:
    return EVERY_ENDPOINT.in_bulk(ids)


def receivers(slugs: Mapping[str, str]) -> list[ReceiverRow]:
    """Return the receivers of messages. ``slugs`` maps the key of each message to the slug of the message's endpoint."""
    asked = as_set([{"key": key, "slug": slug} for key, slug in slugs.items()])
    return [
        ReceiverRow(key, row_id, slug, url, json.loads(secrets), disabled, revision, deleted)
        for key, row_id, slug, url, secrets, disabled, revision, deleted in fetch(RECEIVERS, [asked])
    ]


def target_of(key: str, slug: str) -> str:
    """Return the host that a message goes to, in the form that the ledger stores. Return "" if there is no host."""
    return next((row.target for row in receivers({key: slug})), "")


def deliveries_page(wanted: DeliveriesFilter, part: Slice) -> Page[DeliveryRow]:
    return page_of(SELECT_DELIVERIES, "d.id", part, _conditions(wanted), delivery_row)


def count_deliveries(wanted: DeliveriesFilter) -> int:
    return count_of(_DELIVERIES, _conditions(wanted))


def deliveries_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, DeliveryRow]:
    return rows_by_id(delivery_row, SELECT_DELIVERIES + " WHERE d.id = ANY(%s)", ids)


def messages_of(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, MessageRow]:
    rows = fetch(MESSAGES, [list(ids)])
    return {row_id: MessageRow(slug, key, value_of(text), deleted) for row_id, slug, key, text, deleted in rows}


def _conditions(wanted: DeliveriesFilter) -> list[Condition]:
    conditions = []
    if wanted.endpoint is not None:
        conditions.append(Condition(f"d.endpoint_id = ({OF_SLUG.format(slug='%s')})", (wanted.endpoint,)))
    if wanted.endpoint_id is not None:
        conditions.append(Condition("d.endpoint_id = %s", (wanted.endpoint_id,)))
    if wanted.states is not None:
        conditions.append(Condition(f"{_STATE} = ANY(%s)", (list(wanted.states),)))
        if DELIVERED not in wanted.states:
            # Most messages are delivered, and need no look-up of attempts.
            conditions.append(Condition(f"f.state <> '{EFFECT_CONFIRMED}'", ()))
    return conditions
