"""The mutation startBulkOperation: one recovery operation on all items of a filter."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import START_BULK
from automate.recovery.bulk.queries import operations_by_id
from automate.recovery.bulk.services import start
from graphql_schema.bulk.inputs import StartBulkOperationInput
from graphql_schema.bulk.types import BulkOperation, operation_of
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation


@strawberry.type
class StartBulkOperationPayload(Payload):
    operation: BulkOperation | None = strawberry.field(
        default=None, description="The operation. Null if the key was used before and its operation has been deleted."
    )


@strawberry.type
class StartBulkOperation:
    @mutation(
        START_BULK,
        "Retry, cancel, replay or redrive all items that match a filter. Workers process them at a limited rate.",
    )
    def start_bulk_operation(self, info: Info, input: StartBulkOperationInput) -> StartBulkOperationPayload:
        request = input.request(
            info.context.principal,
            info.context.depth,
            reason=input.reason,
            rate=input.rate,
            ceiling=input.ceiling,
            stop_on_error_rate=input.stop_on_error_rate,
        )
        row_id = start(request, preview_id=input.preview_id, idempotency_key=input.idempotency_key)
        row = operations_by_id([row_id]).get(row_id)
        return StartBulkOperationPayload(operation=operation_of(row) if row is not None else None)
