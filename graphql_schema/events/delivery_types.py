"""The type Delivery: a webhook request from which no event was made."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django

from automate.events import models
from automate.events.choices import DeliveryOutcome
from automate.events.deliveries.queries import RejectedDelivery, RejectedDeliveryFilter
from automate.kernel.json_values import as_object
from automate.kernel.permissions import VIEW_EVENTS, VIEW_SOURCES
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.events.delivery_loaders import (
    expired_first_events,
    first_events,
    redelivered_events,
    sources_of_kept,
)
from graphql_schema.events.source_types import Source
from graphql_schema.events.types import Event
from graphql_schema.ids import global_id
from graphql_schema.planning import planned, prefetched


@strawberry_django.type(models.Delivery, description="A webhook request to a source, from which no event was made.")
class Delivery(Node):
    outcome: DeliveryOutcome
    reason: ErrorAnswer | None
    type: str | None
    idempotency_key: str | None
    secret_version: strawberry.auto
    payload_bytes: strawberry.auto
    payload_sha256: strawberry.auto = strawberry.field(name="payloadSha256")
    redeliverable: bool = strawberry.field(
        description="Whether the body is stored, so that `redeliver` can ingest it. The body must also match a "
        "current secret of the source."
    )
    trace_id: strawberry.auto
    received_at: strawberry.auto
    expires_at: strawberry.auto
    row: strawberry.Private[RejectedDelivery]

    @planned(sources_of_kept, VIEW_SOURCES)
    @strawberry.field(description="The source of the delivery.")
    def source(self, info: Info) -> Source:
        return prefetched(self, info)

    @planned(expired_first_events, VIEW_EVENTS)
    @strawberry.field(description="Whether retention has removed the event that was accepted first.")
    def event_expired(self, info: Info) -> bool:
        return prefetched(self, info)

    @planned(first_events, VIEW_EVENTS)
    @strawberry.field(
        description="For a duplicate or a conflict, the event that was accepted first. Null for other deliveries, "
        "and if `eventExpired` is true."
    )
    def event(self, info: Info) -> Event | None:
        return prefetched(self, info)

    @planned(redelivered_events, VIEW_EVENTS)
    @strawberry.field(
        description="The event that `redeliver` made from this request. For a batch of events, the first one."
    )
    def redelivered_event(self, info: Info) -> Event | None:
        return prefetched(self, info)


@strawberry.input
class DeliveryFilter:
    source: str | None = strawberry.field(default=None, description="The source's slug.")
    outcomes: list[DeliveryOutcome] | None = strawberry.field(
        default=None, description="Deliveries with any of these outcomes."
    )
    codes: list[str] | None = strawberry.field(
        default=None, description="Deliveries that were refused with any of these codes, such as INVALID_SIGNATURE."
    )
    received_from: datetime | None = None
    received_before: datetime | None = None

    def rows(self) -> RejectedDeliveryFilter:
        return RejectedDeliveryFilter(
            source=self.source,
            outcomes=tuple(one.value for one in self.outcomes) if self.outcomes is not None else None,
            codes=tuple(self.codes) if self.codes is not None else None,
            since=self.received_from,
            until=self.received_before,
        )


_delivery = copier(Delivery, RejectedDelivery, "id", "outcome", "reason", "type", "idempotency_key", "row")


def rejected_delivery_of(row: RejectedDelivery) -> Delivery:
    return _delivery(
        row,
        id=strawberry.ID(global_id("Delivery", row.id)),
        outcome=DeliveryOutcome(row.outcome),
        reason=stored_answer(as_object(row.reason), row.trace_id) if row.reason else None,
        type=row.type or None,
        idempotency_key=row.idempotency_key or None,
        row=row,
    )
