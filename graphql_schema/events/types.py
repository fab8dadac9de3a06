# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Source and Event."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from django.conf import settings

from automate.events.queries import EventRow, SourceRow
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import current_tenant
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.ids import global_id
from graphql_schema.planning import taken
from graphql_schema.rules.types import Decision
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.scalars import JSON


@strawberry.enum(description="How a sender proves itself.")
class SourceScheme(Enum):
    API = "API"
    STANDARD_WEBHOOKS = "STANDARD_WEBHOOKS"
    GITHUB = "GITHUB"
    STRIPE = "STRIPE"
    SLACK = "SLACK"
    SHOPIFY = "SHOPIFY"
    HMAC = "HMAC"
    BASIC = "BASIC"
    BEARER = "BEARER"
    UNSIGNED = "UNSIGNED"


@strawberry.enum
class IngestOutcome(Enum):
    NEW = "NEW"
    DUPLICATE = "DUPLICATE"
    CONFLICT = "CONFLICT"


@strawberry.type(description="Where events come from: a webhook's sender, or the API.")
class Source(Node):
    slug: str
    scheme: SourceScheme
    enabled: bool
    built_in: bool
    revision: int
    url: str | None = strawberry.field(
        description="Where a webhook's sender posts to. Null for what only the API may send to."
    )
    created_at: datetime
    updated_at: datetime


@strawberry.type(description="The immutable record of one signal.")
class Event(Node):
    type: str
    subject: str | None
    idempotency_key: str | None
    trace_id: str
    depth: int = strawberry.field(
        description="How many runs lie between it and the outside, also where one's call came back as this event. "
        f"From {LIMITS.causation_depth} on no rule starts a run of it: its decisions say so."
    )
    occurred_at: datetime
    received_at: datetime
    payload_bytes: int
    payload_sha256: str = strawberry.field(name="payloadSha256", description="Hex, over the body as it was sent.")
    row: strawberry.Private[EventRow]

    @strawberry.field
    def source(self, info: Info) -> Source:
        return taken(self, info)

    @strawberry.field(
        description="The event whose payload was edited to make this one. Null for any other, and once it is gone."
    )
    def derived_from(self, info: Info) -> Event | None:
        return taken(self, info)

    @strawberry.field(description="Redacted. Null once the body has been erased.")
    def payload(self, info: Info) -> JSON | None:
        return taken(self, info)

    @strawberry.field(description="The beginning of the redacted payload. Null over 64 KiB: read `payload` instead.")
    def payload_preview(self, info: Info) -> str | None:
        return taken(self, info)

    @strawberry.field(description="What each rule said of it, non-matches too.")
    def decisions(self, info: Info, first: int = 50) -> list[Decision]:
        return taken(self, info)

    @strawberry.field(description="Newest first.")
    def runs(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[ExecutionRun]:
        return taken(self, info)


def source_of(row: SourceRow) -> Source:
    scheme = SourceScheme(row.scheme)
    url = f"{settings.AUTOMATE_BASE_URL}/t/{current_tenant().slug}/hooks/{row.slug}"
    return Source(
        id=strawberry.ID(global_id("Source", row.id)),
        slug=row.slug,
        scheme=scheme,
        enabled=row.enabled,
        built_in=row.built_in,
        revision=row.revision,
        url=url if scheme is not SourceScheme.API else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def event_of(row: EventRow) -> Event:
    return Event(
        id=strawberry.ID(global_id("Event", row.id)),
        type=row.type,
        subject=row.subject or None,
        idempotency_key=row.idempotency_key or None,
        trace_id=row.trace_id,
        depth=row.depth,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        payload_bytes=row.payload_bytes,
        payload_sha256=row.payload_sha256,
        row=row,
    )
