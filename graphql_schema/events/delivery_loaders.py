"""Load related data of many stored deliveries at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.events import queries
from automate.events.deliveries.queries import RejectedDelivery, count_unstored
from automate.events.queries import SourceRow
from graphql_schema.events.loaders import missing_events
from graphql_schema.planning import Of, Selected

UNKEPT_DAYS = 7


def sources_of_kept(deliveries: Sequence[Of[RejectedDelivery]], field: Selected) -> list[object]:
    found = queries.sources_by_id(sorted({delivery.row.source_id for delivery in deliveries}))
    sources = {row_id: field.make(row) for row_id, row in found.items()}
    return [sources[delivery.row.source_id] for delivery in deliveries]


def first_events(deliveries: Sequence[Of[RejectedDelivery]], field: Selected) -> list[object]:
    return _events(field, [delivery.row.event_id for delivery in deliveries])


def expired_first_events(deliveries: Sequence[Of[RejectedDelivery]], _field: Selected) -> list[bool]:
    return missing_events([delivery.row.event_id for delivery in deliveries])


def redelivered_events(deliveries: Sequence[Of[RejectedDelivery]], field: Selected) -> list[object]:
    return _events(field, [delivery.row.redelivered_id for delivery in deliveries])


def _events(field: Selected, ids: Sequence[uuid.UUID | None]) -> list[object]:
    found = queries.events_by_id(sorted({row_id for row_id in ids if row_id is not None}))
    rows = [found.get(row_id) if row_id is not None else None for row_id in ids]
    return [field.make(row) if row is not None else None for row in rows]


def unkept_deliveries(sources: Sequence[Of[SourceRow]], _field: Selected) -> list[int]:
    found = count_unstored([source.row.id for source in sources], UNKEPT_DAYS)
    return [found.get(source.row.id, 0) for source in sources]
