"""Load related data of many webhook deliveries at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.permissions import VIEW_RUNS
from automate.runs.queries import runs_by_id
from graphql_schema.endpoints.types import WebhookDelivery
from graphql_schema.planning import Selected, prefetch
from graphql_schema.runs.types import ExecutionRun, run_of


@prefetch(WebhookDelivery, "run", VIEW_RUNS)
def runs_of_sent(deliveries: Sequence[WebhookDelivery], _field: Selected) -> list[ExecutionRun | None]:
    found = runs_by_id(sorted({delivery.row.run_id for delivery in deliveries}))
    rows = [found.get(delivery.row.run_id) for delivery in deliveries]
    return [None if row is None else run_of(row) for row in rows]
