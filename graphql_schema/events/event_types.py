"""The type EventType, and queries about event types."""

from __future__ import annotations

import json

import strawberry
import strawberry_django

from automate.events.choices import OnMismatch
from automate.events.event_types import models, queries, search_keys
from automate.kernel.permissions import VIEW_EVENTS
from automate.kernel.shapes import read
from automate.kernel.timestamps import timestamp_of
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import lazily
from graphql_schema.filtering import Selection
from graphql_schema.listed import listed, queried
from graphql_schema.lookups import looked_up
from graphql_schema.ordering import EventTypeOrder
from graphql_schema.permissions import Requires
from graphql_schema.scalars import JSON, BigInt
from graphql_schema.shaped import output_of, shown


@output_of(search_keys.SearchKey, "A value by which events are found.")
class SearchKey:
    pass


@strawberry_django.type(
    models.EventReindex, description="The progress of indexing stored events by the current search keys of their type."
)
class SearchIndex:
    done: BigInt
    total: BigInt | None
    started_at: strawberry.auto
    finished_at: strawberry.auto


@strawberry_django.type(models.EventType, description="The tenant's settings for events of one type.")
class EventType(Node):
    name: str = strawberry_django.field(field_name="slug")
    schema: strawberry.auto
    on_mismatch: OnMismatch
    search_keys: list[SearchKey]
    search_index: SearchIndex | None = strawberry.field(
        description="The progress of indexing stored events. Null for a type that never had search keys."
    )
    sensitive_paths: list[str]
    revision: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto
    row: strawberry.Private[models.EventType]


def _schema(row: models.EventType) -> JSON | None:
    return None if row.shown_schema is None else JSON(json.loads(row.shown_schema))


def _search_index(row: models.EventType) -> SearchIndex | None:
    if row.shown_index is None:
        return None
    done, total, started, finished = json.loads(row.shown_index)
    return SearchIndex(
        done=BigInt(done),
        total=None if total is None else BigInt(total),
        started_at=timestamp_of(started),
        finished_at=None if finished is None else timestamp_of(finished),
    )


event_type_of = lazily(
    EventType,
    models.EventType,
    name=lambda row: row.slug,
    schema=_schema,
    on_mismatch=lambda row: OnMismatch(row.on_mismatch),
    search_keys=lambda row: [shown(read(search_keys.SearchKey, key)) for key in row.search_keys],
    search_index=_search_index,
)


@strawberry.type
class EventTypeQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_EVENTS)],
        description="One event type, by its id or name. Null for an unknown id or name.",
    )
    def event_type(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        name: str | None = None,
    ) -> EventType | None:
        return looked_up(
            info, "EventType", id, queries.event_types_by_id, event_type_of, name, queries.event_type_by_name
        )

    @listed(VIEW_EVENTS, "The tenant's event types, newest first.")
    def event_types(self, info: Info, order: EventTypeOrder | None = None) -> Connection[EventType]:
        return queried(info, "eventTypes", order, Selection(queries.EVENT_TYPES), event_type_of)
