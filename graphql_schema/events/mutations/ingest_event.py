"""The mutation ingestEvent. If two events with different content have the same key, the second event is a conflict."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.events.choices import IngestOutcome
from automate.events.queries import events_by_id
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import INGEST_EVENTS
from automate.triggers.services import ingest_event
from graphql_schema.context import Info
from graphql_schema.errors import answer_of
from graphql_schema.events.types import Event, event_of
from graphql_schema.json_text import json_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.scalars import JSON


@strawberry.input
class IngestEventInput:
    source: str = strawberry.field(default="api", description="The source's slug.")
    type: str = strawberry.field(description="The type of the event, such as `order.created`.")
    payload: JSON = strawberry.field(description="The payload: any JSON.")
    idempotency_key: str | None = None
    subject: str | None = strawberry.field(default=None, description="The object that the event is about.")
    occurred_at: datetime | None = strawberry.field(
        default=None, description="The time at which the event happened. Null means now."
    )


@strawberry.type
class IngestEventPayload(Payload):
    event: Event | None = strawberry.field(
        default=None, description="The event. For a repeated idempotency key, the first event."
    )
    outcome: IngestOutcome | None = strawberry.field(
        default=None, description="Whether the event is new or repeats an earlier one. Null if it was refused."
    )


@strawberry.type
class IngestEvent:
    @mutation(INGEST_EVENTS, "Ingest one event.")
    def ingest_event(self, info: Info, input: IngestEventInput) -> IngestEventPayload:
        taken_in = ingest_event(
            source=input.source,
            type=input.type,
            payload=json_of(input.payload),
            idempotency_key=input.idempotency_key,
            subject=input.subject,
            occurred_at=input.occurred_at,
            depth=info.context.depth,
        )
        outcome = IngestOutcome(taken_in.outcome)
        row = events_by_id([taken_in.event_id]).get(taken_in.event_id)
        return IngestEventPayload(
            event=event_of(row) if row is not None else None,
            outcome=outcome,
            errors=[answer_of(conflict())] if outcome is IngestOutcome.CONFLICT else [],
        )


def conflict(*place: str) -> NormalizedError:
    """Return the error for a key that a different event already has. ``place`` is the path of the new event."""
    return NormalizedError(
        "CONFLICT",
        "This idempotencyKey was used before with another payload, type, subject or occurredAt. `event` is the first event "
        "with the key. Send a new key for a new event. To repeat a request, send exactly the same content.",
        path=[*place, "idempotencyKey"],
    )
