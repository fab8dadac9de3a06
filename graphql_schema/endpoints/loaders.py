"""Load related data of many webhook deliveries at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.kernel.permissions import VIEW_RUNS
from automate.runs.queries import runs_by_id
from graphql_schema.connections import objects_of
from graphql_schema.endpoints.types import WebhookDelivery
from graphql_schema.planning import Selected, prefetch
from graphql_schema.runs.types import ExecutionRun, run_of


@prefetch(WebhookDelivery, "run", VIEW_RUNS)
def runs_of_sent(deliveries: Sequence[WebhookDelivery], _field: Selected) -> list[ExecutionRun | None]:
    return objects_of([delivery.row.run_id for delivery in deliveries], runs_by_id, run_of)
