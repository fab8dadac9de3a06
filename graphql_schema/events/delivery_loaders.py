"""Load related data of many stored deliveries at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events import queries
from automate.events.deliveries.queries import count_unstored
from automate.kernel.permissions import VIEW_EVENTS, VIEW_SOURCES
from graphql_schema.connections import objects_of
from graphql_schema.events.delivery_types import Delivery
from graphql_schema.events.loaders import missing_events
from graphql_schema.events.source_types import UNKEPT_DAYS, Source, source_of
from graphql_schema.events.types import Event, event_of
from graphql_schema.planning import Selected, prefetch


@prefetch(Delivery, "source", VIEW_SOURCES)
def sources_of_kept(deliveries: Sequence[Delivery], _field: Selected) -> list[Source]:
    found = queries.sources_by_id(sorted({delivery.row.source_id for delivery in deliveries}))
    sources = {row_id: source_of(row) for row_id, row in found.items()}
    return [sources[delivery.row.source_id] for delivery in deliveries]


@prefetch(Delivery, "event", VIEW_EVENTS)
def first_events(deliveries: Sequence[Delivery], _field: Selected) -> list[Event | None]:
    return objects_of([delivery.row.event_id for delivery in deliveries], queries.events_by_id, event_of)


@prefetch(Delivery, "eventExpired", VIEW_EVENTS)
def expired_first_events(deliveries: Sequence[Delivery], _field: Selected) -> list[bool]:
    return missing_events([delivery.row.event_id for delivery in deliveries])


@prefetch(Delivery, "redeliveredEvent", VIEW_EVENTS)
def redelivered_events(deliveries: Sequence[Delivery], _field: Selected) -> list[Event | None]:
    return objects_of([delivery.row.redelivered_id for delivery in deliveries], queries.events_by_id, event_of)


@prefetch(Source, "unkeptDeliveries", VIEW_EVENTS)
def unkept_deliveries(sources: Sequence[Source], _field: Selected) -> list[int]:
    found = count_unstored([source.row.id for source in sources], UNKEPT_DAYS)
    return [found.get(source.row.id, 0) for source in sources]
