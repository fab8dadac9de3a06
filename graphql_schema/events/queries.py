"""Queries about events and their sources."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from automate.events import queries
from automate.events.deliveries.queries import RejectedDeliveryFilter, count_rejected, rejected_page
from automate.events.list_queries import EVENTS, count_events, events_page, followed_events
from automate.events.queries import EventsFilter
from automate.events.shown_queries import event_shown, events_shown
from automate.kernel.permissions import VIEW_EVENTS, VIEW_SOURCES
from automate.kernel.queries import ColumnSelection, Page
from automate.kernel.rows import DatabaseRow
from automate.retention.classes import RUNS
from automate.retention.expiry_queries import require_unexpired
from automate.runs.named_queries import check_slugs
from graphql_schema.connections import Connection, binding_of, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.events.delivery_types import Delivery, DeliveryFilter, rejected_delivery_of
from graphql_schema.events.filters import EventFilter
from graphql_schema.events.source_types import Source, source_of
from graphql_schema.events.types import Event, event_of
from graphql_schema.filtering import SourceFilter, selection
from graphql_schema.following import ORDER_DESCRIPTION, ListOrder, followed_connection, space_of_followed
from graphql_schema.ids import row_id_of
from graphql_schema.listed import listed, queried
from graphql_schema.lookups import looked_up
from graphql_schema.ordering import SourceOrder
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection, selected
from graphql_schema.straight.connections import by_id
from graphql_schema.straight.roots import read_one, read_page


@strawberry.type
class EventQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_EVENTS)],
        description="One event. Null for an unknown id. The error is EXPIRED if retention has removed the events of "
        "the id's time.",
    )
    def event(self, info: Info, id: strawberry.ID) -> Event | None:
        row_id = row_id_of(id, "Event")
        if row_id is None:
            return None

        def objects() -> Event | None:
            row = queries.events_by_id([row_id]).get(row_id)
            return load_selection(info, event_of(row) if row is not None else None)

        found: Event | None = read_one(selected(info), "e", lambda columns: event_shown(columns, row_id), objects)
        if found is None:
            require_unexpired(row_id, RUNS)
        return found

    @listed(
        VIEW_EVENTS, "All events. With `order: COMMITTED`, the events that were committed within the resume window."
    )
    def events(
        self,
        info: Info,
        filter: EventFilter | None = None,
        order: Annotated[ListOrder, strawberry.argument(description=ORDER_DESCRIPTION)] = ListOrder.NEWEST,
    ) -> Connection[Event]:
        wanted = filter.rows() if filter is not None else EventsFilter()
        field, count = selected(info), partial(count_events, wanted)
        if order is ListOrder.COMMITTED:
            space = space_of_followed("events", wanted)
            found = followed_connection(field, space, EVENTS, followed_events(wanted), event_of, count)
            if not found.edges:
                check_slugs(wanted)
            return load_selection(info, found)
        space = space_of("events", binding_of(wanted))
        part = slice_of(space, field.arguments)

        def rows(columns: ColumnSelection) -> Page[DatabaseRow]:
            page = events_shown(wanted, columns, part)
            if not page.rows:
                check_slugs(wanted)
            return page

        def objects() -> Connection[Event]:
            page = events_page(wanted, part)
            if not page.rows:
                check_slugs(wanted)
            return load_selection(info, connection_of(field, space, page, event_of, count))

        shown: Connection[Event] = read_page(field, "e", by_id(space), rows, count, objects)
        return shown

    @strawberry.field(
        extensions=[Requires(VIEW_SOURCES)], description="One source, by its id or slug; null for an unknown one."
    )
    def source(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        slug: str | None = None,
    ) -> Source | None:
        return looked_up(info, "Source", id, queries.sources_by_id, source_of, slug, queries.source_by_slug)

    @listed(VIEW_SOURCES, "The sources, newest first, without deleted ones.")
    def sources(
        self, info: Info, filter: SourceFilter | None = None, order: SourceOrder | None = None
    ) -> Connection[Source]:
        return queried(info, "sources", order, selection(filter, queries.SOURCES), source_of)

    @listed(
        VIEW_EVENTS,
        "Webhook requests from which no event was made, newest first: duplicates, conflicts and refused requests.",
    )
    def deliveries(self, info: Info, filter: DeliveryFilter | None = None) -> Connection[Delivery]:
        wanted = filter.rows() if filter is not None else RejectedDeliveryFilter()
        field, space = selected(info), space_of("deliveries", binding_of(wanted))
        page = rejected_page(wanted, slice_of(space, field.arguments))
        if not page.rows:
            check_slugs(wanted)
        return load_selection(
            info, connection_of(field, space, page, rejected_delivery_of, lambda: count_rejected(wanted))
        )
