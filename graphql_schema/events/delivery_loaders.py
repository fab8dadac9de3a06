"""Load related data of many stored deliveries at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events import queries
from automate.events.deliveries.queries import RejectedDelivery, count_unstored
from automate.events.queries import SourceRow
from graphql_schema.connections import objects_of
from graphql_schema.events.loaders import missing_events
from graphql_schema.planning import Of, Selected

UNKEPT_DAYS = 7


def sources_of_kept(deliveries: Sequence[Of[RejectedDelivery]], field: Selected) -> list[object]:
    found = queries.sources_by_id(sorted({delivery.row.source_id for delivery in deliveries}))
    sources = {row_id: field.make(row) for row_id, row in found.items()}
    return [sources[delivery.row.source_id] for delivery in deliveries]


def first_events(deliveries: Sequence[Of[RejectedDelivery]], field: Selected) -> list[object]:
    return objects_of([delivery.row.event_id for delivery in deliveries], queries.events_by_id, field.make)


def expired_first_events(deliveries: Sequence[Of[RejectedDelivery]], _field: Selected) -> list[bool]:
    return missing_events([delivery.row.event_id for delivery in deliveries])


def redelivered_events(deliveries: Sequence[Of[RejectedDelivery]], field: Selected) -> list[object]:
    return objects_of([delivery.row.redelivered_id for delivery in deliveries], queries.events_by_id, field.make)


def unkept_deliveries(sources: Sequence[Of[SourceRow]], _field: Selected) -> list[int]:
    found = count_unstored([source.row.id for source in sources], UNKEPT_DAYS)
    return [found.get(source.row.id, 0) for source in sources]
