"""The mutation redeliver: ingests rejected deliveries after the cause is fixed."""

from __future__ import annotations

import strawberry

from automate.events.queries import events_by_id
from automate.kernel.permissions import REDELIVER
from automate.triggers.redelivering import MOST_REDELIVERED, redeliver
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.events.types import Event, event_of
from graphql_schema.ids import row_id_of
from graphql_schema.mutating import Payload, mutation


@strawberry.input
class RedeliverInput:
    deliveries: list[strawberry.ID] = strawberry.field(description=f"The ids of at most {MOST_REDELIVERED} deliveries.")
    new_keys: bool = strawberry.field(
        default=False,
        description="Whether to make a new event from a conflict, although an earlier event has the same "
        "idempotency key.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A request with a key that was used before returns the first answer. Even without a key, a "
        "delivery is ingested only once.",
    )


@strawberry.type
class RedeliverPayload(Payload):
    events: list[Event] = strawberry.field(
        default_factory=list, description="The events that were made from the deliveries, in order."
    )
    errors: list[ErrorAnswer] = strawberry.field(
        default_factory=list, description="Why other deliveries were not accepted."
    )


@strawberry.type
class Redeliver:
    @mutation(
        REDELIVER,
        "Ingest stored deliveries again, with the current settings of their sources. Each event keeps "
        "the time at which the delivery was received. A delivery that matches no current secret is "
        "refused again.",
    )
    def redeliver(self, info: Info, input: RedeliverInput) -> RedeliverPayload:
        done = redeliver(
            [row_id_of(one, "Delivery") for one in input.deliveries],
            new_keys=input.new_keys,
            idempotency_key=input.idempotency_key,
            depth=info.context.depth,
        )
        rows = events_by_id(done.events)
        events = [event_of(rows[event_id]) for event_id in done.events if event_id in rows]
        return RedeliverPayload(events=events, errors=[answer_of(error) for error in done.errors])
