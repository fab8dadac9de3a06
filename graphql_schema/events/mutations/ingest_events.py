"""The mutation ingestEvents: up to 100 events, each with its own outcome."""

from __future__ import annotations

import strawberry

from automate.events.choices import IngestOutcome
from automate.events.queries import EventRow, events_by_id
from automate.events.services import IngestResult
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import INGEST_EVENTS
from automate.triggers.services import MOST_EVENTS, EventToIngest, ingest_events
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.events.mutations.ingest_event import IngestEventInput, conflict
from graphql_schema.events.types import Event, event_of
from graphql_schema.json_text import json_of
from graphql_schema.mutating import Payload, mutation


@strawberry.input(description="Events to accept in one transaction.")
class IngestEventsInput:
    events: list[IngestEventInput] = strawberry.field(
        description=f"At most {MOST_EVENTS} events. Of events with the same source and idempotencyKey, the first one counts."
    )


@strawberry.type(description="The outcome of one event of ingestEvents.")
class IngestEventResult:
    index: int = strawberry.field(description="The position of the event in the input, counted from 0.")
    event: Event | None = strawberry.field(
        default=None,
        description="The accepted event. For a repeated idempotencyKey, the first event. Null if the event was "
        "refused.",
    )
    outcome: IngestOutcome | None = strawberry.field(
        default=None, description="Whether the event is new or repeats an earlier one. Null if it was refused."
    )
    errors: list[ErrorAnswer] = strawberry.field(
        default_factory=list, description="Why the event was not accepted. Empty for NEW and DUPLICATE."
    )


@strawberry.type(description="The outcomes of ingestEvents.")
class IngestEventsPayload(Payload):
    results: list[IngestEventResult] = strawberry.field(
        default_factory=list, description="One outcome for each event, in the order of the input."
    )
    errors: list[ErrorAnswer] = strawberry.field(
        default_factory=list, description="Why the whole call was refused. Then no event is accepted."
    )


@strawberry.type
class IngestEvents:
    @mutation(INGEST_EVENTS, "Accept up to 100 events in one transaction. A refused event does not affect the others.")
    def ingest_events(self, info: Info, input: IngestEventsInput) -> IngestEventsPayload:
        given = [
            EventToIngest(
                type=event.type,
                payload=json_of(event.payload),
                source=event.source,
                idempotency_key=event.idempotency_key,
                subject=event.subject,
                occurred_at=event.occurred_at,
            )
            for event in input.events
        ]
        outcomes = ingest_events(given, info.context.depth)
        ids = sorted({one.event_id for one in outcomes if isinstance(one, IngestResult)})
        rows = events_by_id(ids) if ids else {}
        results = [
            _refused(place, one) if isinstance(one, NormalizedError) else _result(place, one, rows.get(one.event_id))
            for place, one in enumerate(outcomes)
        ]
        return IngestEventsPayload(results=results)


def _refused(place: int, refusal: NormalizedError) -> IngestEventResult:
    return IngestEventResult(index=place, errors=[answer_of(refusal)])


def _result(place: int, ingested: IngestResult, row: EventRow | None) -> IngestEventResult:
    outcome = IngestOutcome(ingested.outcome)
    errors = [answer_of(conflict("events", str(place)))] if outcome is IngestOutcome.CONFLICT else []
    return IngestEventResult(
        index=place, event=event_of(row) if row is not None else None, outcome=outcome, errors=errors
    )
