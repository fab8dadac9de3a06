"""Load related data of many webhook deliveries at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.endpoints.queries import DeliveryRow
from automate.runs.queries import runs_by_id
from graphql_schema.connections import objects_of
from graphql_schema.planning import Of, Selected


def runs_of_sent(deliveries: Sequence[Of[DeliveryRow]], field: Selected) -> list[object]:
    return objects_of([delivery.row.run_id for delivery in deliveries], runs_by_id, field.make)
