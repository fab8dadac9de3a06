"""Load related data of many webhook deliveries at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.endpoints.queries import DeliveryRow
from automate.runs.queries import runs_by_id
from graphql_schema.planning import Of, Selected


def runs_of_sent(deliveries: Sequence[Of[DeliveryRow]], field: Selected) -> list[object]:
    found = runs_by_id(sorted({delivery.row.run_id for delivery in deliveries}))
    rows = [found.get(delivery.row.run_id) for delivery in deliveries]
    return [None if row is None else field.make(row) for row in rows]
