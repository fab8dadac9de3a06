# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""The type Event."""

from __future__ import annotations

import orjson
import strawberry
import strawberry_django

from automate.events import models
from automate.events.queries import EventRow
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES, VIEW_RUNS, VIEW_SOURCES
from automate.kernel.redaction import redact_text
from automate.retention.choices import DataClass
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.events.loaders import (
    decisions_of_events,
    expired_data_of_events,
    expired_origins,
    origins_of_events,
    payload_previews,
    payloads,
    runs_below_events,
    sources_of_events,
    waits_of_events,
)
from graphql_schema.events.source_types import Source
from graphql_schema.events.straight import EVENT
from graphql_schema.ids import global_id
from graphql_schema.paging import nested
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.rules.types import Decision
from graphql_schema.runs.history_types import WaitingFor
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.scalars import JSON
from graphql_schema.straight.columns import straight


@strawberry.type(description="One place where a payload does not match the schema of its type.")
class SchemaProblem:
    message: str = strawberry.field(description="What is wrong. The text never quotes a value of the event.")
    path: list[str] = strawberry.field(description="The path in the payload, outermost part first.")


@straight(EVENT)
@strawberry_django.type(models.Event, description="An immutable event.")
class Event(Node):
    type: strawberry.auto
    subject: str | None
    idempotency_key: str | None
    trace_id: strawberry.auto
    depth: strawberry.auto
    occurred_at: strawberry.auto
    received_at: strawberry.auto
    payload_bytes: strawberry.auto
    payload_sha256: strawberry.auto = strawberry.field(name="payloadSha256")
    secret_version: strawberry.auto
    schema_problems: list[SchemaProblem]
    row: strawberry.Private[EventRow]

    @planned(sources_of_events, VIEW_SOURCES)
    @strawberry.field(description="The source that accepted the event.")
    def source(self, info: Info) -> Source:
        return prefetched(self, info)

    @planned(origins_of_events, VIEW_EVENTS)
    @strawberry.field(
        description="The event whose payload was edited to make this event. Null if this event was made in another "
        "way, and if `derivedFromExpired` is true."
    )
    def derived_from(self, info: Info) -> Event | None:
        return prefetched(self, info)

    @planned(expired_origins, VIEW_EVENTS)
    @strawberry.field(description="Whether this event was made from an event that retention has removed.")
    def derived_from_expired(self, info: Info) -> bool:
        return prefetched(self, info)

    @planned(expired_data_of_events, VIEW_EVENTS)
    @strawberry.field(description="The kinds of this event's data that retention has removed: PAYLOADS, DECISIONS.")
    def expired(self, info: Info) -> list[DataClass]:
        return prefetched(self, info)

    @planned(payloads, VIEW_EVENTS)
    @strawberry.field(description="The redacted payload. Null after it was erased, and if `expired` contains PAYLOADS.")
    def payload(self, info: Info) -> JSON | None:
        return prefetched(self, info)

    @planned(payload_previews, VIEW_EVENTS)
    @strawberry.field(
        description="The beginning of the redacted payload. Null for a payload above 64 KiB; read `payload` instead."
    )
    def payload_preview(self, info: Info) -> str | None:
        return prefetched(self, info)

    @planned(decisions_of_events, VIEW_RULES)
    @strawberry.field(
        description="The decisions of all rules that were enabled, including those that did not match. The "
        "evaluated rules come first, in the order of matching. Rules that were not evaluated follow, by "
        "priority."
    )
    def decisions(self, info: Info, first: int = 50) -> list[Decision]:
        return prefetched(self, info)

    @planned(waits_of_events, VIEW_EVENTS)
    @strawberry.field(
        description="The first reason why the event waits for its rules, such as a full budget. Null as soon as rules look at "
        "the event, and for an event that rules never see."
    )
    def waiting_for(self, info: Info) -> WaitingFor | None:
        return prefetched(self, info)

    @planned(runs_below_events, VIEW_RUNS)
    @nested("The runs that belong to the event, newest first.")
    def runs(self, info: Info) -> Connection[ExecutionRun]:
        return prefetched(self, info)


def _problems_of(stored: str) -> list[SchemaProblem]:
    return [SchemaProblem(message=one["message"], path=one["path"]) for one in orjson.loads(stored)]


_event = copier(Event, EventRow, "id", "subject", "idempotency_key", "schema_problems", "row")


@makes(Event)
def event_of(row: EventRow) -> Event:
    return _event(
        row,
        id=strawberry.ID(global_id("Event", row.id)),
        subject=redact_text(row.subject) or None,
        idempotency_key=row.idempotency_key or None,
        schema_problems=_problems_of(row.schema_problems) if row.schema_problems is not None else [],
        row=row,
    )
