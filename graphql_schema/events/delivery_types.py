"""Delivery: what came by webhook and made no event."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django

from automate.events import models
from automate.events.choices import DeliveryOutcome
from automate.events.deliveries.queries import KeptDelivery, KeptFilter
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.events.source_types import Source
from graphql_schema.events.types import Event
from graphql_schema.ids import global_id
from graphql_schema.planning import planned_by, taken


@planned_by("graphql_schema.events.delivery_loaders")
@strawberry_django.type(models.Delivery, description="What came to a source and made no event.")
class Delivery(Node):
    outcome: DeliveryOutcome
    reason: ErrorAnswer | None = strawberry.field(description="What its sender was told. Null for a duplicate.")
    type: str | None = strawberry.field(description="The event type, where it was understood.")
    idempotency_key: str | None
    secret_version: strawberry.auto
    payload_bytes: strawberry.auto
    payload_sha256: strawberry.auto = strawberry.field(name="payloadSha256")
    redeliverable: bool = strawberry.field(
        description="Whether it was kept whole, so that `redeliver` can try. Its sender has to be proved then."
    )
    trace_id: strawberry.auto
    received_at: strawberry.auto
    expires_at: strawberry.auto
    row: strawberry.Private[KeptDelivery]

    @strawberry.field(description="The source that the delivery came to.")
    def source(self, info: Info) -> Source:
        return taken(self, info)

    @strawberry.field(description="Whether retention has removed the event that came first.")
    def event_expired(self, info: Info) -> bool:
        return taken(self, info)

    @strawberry.field(
        description="The event that came first, of a duplicate or conflict. Null for others, and where `eventExpired`."
    )
    def event(self, info: Info) -> Event | None:
        return taken(self, info)

    @strawberry.field(description="What it became after all; of a batch, the first.")
    def redelivered_event(self, info: Info) -> Event | None:
        return taken(self, info)


@strawberry.input
class DeliveryFilter:
    source: str | None = strawberry.field(default=None, description="The source's slug.")
    outcomes: list[DeliveryOutcome] | None = strawberry.field(default=None, description="Any of these outcomes.")
    codes: list[str] | None = strawberry.field(default=None, description="Of reasons, such as INVALID_SIGNATURE.")
    received_from: datetime | None = None
    received_before: datetime | None = None

    def rows(self) -> KeptFilter:
        return KeptFilter(
            source=self.source,
            outcomes=tuple(one.value for one in self.outcomes) if self.outcomes is not None else None,
            codes=tuple(self.codes) if self.codes is not None else None,
            since=self.received_from,
            until=self.received_before,
        )


_delivery = copier(Delivery, KeptDelivery, "id", "outcome", "reason", "type", "idempotency_key", "row")


def kept_of(row: KeptDelivery) -> Delivery:
    return _delivery(
        row,
        id=strawberry.ID(global_id("Delivery", row.id)),
        outcome=DeliveryOutcome(row.outcome),
        reason=stored_answer(row.reason, row.trace_id) if row.reason else None,
        type=row.type or None,
        idempotency_key=row.idempotency_key or None,
        row=row,
    )
