"""The mutation resendWebhookDeliveries: sends messages again under their original ids."""

from __future__ import annotations

import strawberry

from automate.endpoints.resending import MOST_RESENT, RESEND_WORKFLOW, resend_deliveries
from automate.kernel.permissions import RETRY_RUNS
from automate.runs.queries import runs_by_id
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.runs.filters import NOTHING
from graphql_schema.runs.types import ExecutionRun, run_of


@strawberry.input
class ResendWebhookDeliveriesInput:
    deliveries: list[strawberry.ID] = strawberry.field(description=f"The ids of at most {MOST_RESENT} deliveries.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A request with a key that was used before returns the runs of the first request and sends "
        "nothing.",
    )


@strawberry.type
class ResendWebhookDeliveriesPayload(Payload):
    runs: list[ExecutionRun] = strawberry.field(
        default_factory=list, description="The new runs, one for each delivery, in the order of the ids."
    )


@strawberry.type
class ResendWebhookDeliveries:
    @mutation(
        RETRY_RUNS,
        "Send messages again to the current URL of their endpoints, whatever their outcome, under the same webhook-ids. "
        f"Each is sent by a run of the workflow {RESEND_WORKFLOW}, which is created if it is missing. "
        "For a failed message, `retryRuns` continues the run itself.",
    )
    def resend_webhook_deliveries(
        self, info: Info, input: ResendWebhookDeliveriesInput
    ) -> ResendWebhookDeliveriesPayload:
        run_ids = resend_deliveries(
            [row_id_of(one, "WebhookDelivery") or NOTHING for one in input.deliveries],
            idempotency_key=input.idempotency_key,
            depth=info.context.depth,
        )
        rows = runs_by_id(run_ids)
        return ResendWebhookDeliveriesPayload(runs=[run_of(rows[run_id]) for run_id in run_ids])
