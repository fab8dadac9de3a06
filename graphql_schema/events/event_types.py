"""The type EventType, and queries about event types."""

from __future__ import annotations

import json
from datetime import datetime

import strawberry
import strawberry_django

from automate.events.choices import OnMismatch
from automate.events.event_types import models, queries, search_keys
from automate.events.event_types.queries import EventTypeRow
from automate.kernel.permissions import VIEW_EVENTS
from automate.kernel.shapes import read
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.ids import global_id, row_id_of
from graphql_schema.listed import listed, ordered
from graphql_schema.ordering import EventTypeOrder
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.scalars import JSON, BigInt
from graphql_schema.shaped import output_of, shown


@output_of(search_keys.SearchKey, "A value by which events are found.")
class SearchKey:
    pass


@strawberry.type(description="The progress of indexing stored events by the current search keys of their type.")
class SearchIndex:
    done: BigInt = strawberry.field(description="The number of indexed events.")
    total: BigInt | None = strawberry.field(
        description="The number of events to index: exact up to 1,000,000. Null until they are counted."
    )
    started_at: datetime = strawberry.field(description="The time of the last change of the search keys.")
    finished_at: datetime | None = strawberry.field(
        description="The time from which on all events are indexed. Null while searches may miss some events."
    )


@strawberry_django.type(models.EventType, description="The tenant's settings for events of one type.")
class EventType(Node):
    name: str = strawberry.field(description="The type of the events, such as `order.created`.")
    schema: strawberry.auto
    on_mismatch: OnMismatch = strawberry.field(
        description="What happens to events that do not match the schema of their type."
    )
    search_keys: list[SearchKey] = strawberry.field(description="Values by which events are found, at most 10.")
    search_index: SearchIndex | None = strawberry.field(
        description="The progress of indexing stored events. Null for a type that never had search keys."
    )
    sensitive_paths: list[str] = strawberry.field(
        description="Paths of sensitive values, such as `payload.customer.email`. People and logs never see these "
        "values."
    )
    revision: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto


_event_type = copier(
    EventType, EventTypeRow, "id", "schema", "on_mismatch", "search_keys", "search_index", "sensitive_paths"
)


def event_type_of(row: EventTypeRow) -> EventType:
    return _event_type(
        row,
        id=strawberry.ID(global_id("EventType", row.id)),
        schema=JSON(json.loads(row.schema)) if row.schema is not None else None,
        on_mismatch=OnMismatch(row.on_mismatch),
        search_keys=[shown(read(search_keys.SearchKey, key)) for key in row.search_keys],
        search_index=SearchIndex(**vars(row.index)) if row.index is not None else None,
        sensitive_paths=list(row.sensitive_paths),
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
        row = None
        if id is not None:
            row_id = row_id_of(id, "EventType")
            row = queries.event_types_by_id([row_id]).get(row_id) if row_id is not None else None
        elif name is not None:
            row = queries.event_type_by_name(name)
        return load_selection(info, event_type_of(row) if row is not None else None)

    @listed(VIEW_EVENTS, "The tenant's event types, newest first.")
    def event_types(self, info: Info, order: EventTypeOrder | None = None) -> Connection[EventType]:
        return ordered(info, "eventTypes", order, queries.event_types_page, event_type_of, queries.count_event_types)
