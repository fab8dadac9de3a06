"""The mutation abortBulkOperation."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import START_BULK
from automate.recovery.bulk.queries import operations_by_id
from automate.recovery.bulk.services import abort
from graphql_schema.bulk.types import BulkOperation, operation_of
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned


@strawberry.input
class AbortBulkOperationInput:
    operation: strawberry.ID
    reason: str = strawberry.field(description="The reason, for the audit record.")


@strawberry.type
class AbortBulkOperationPayload:
    operation: BulkOperation | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class AbortBulkOperation:
    @strawberry.mutation(
        extensions=[Requires(START_BULK)],
        description="Stop a bulk operation. Workers still complete the current chunk. Items that are already "
        "processed do not change.",
    )
    @refusals_in(AbortBulkOperationPayload)
    def abort_bulk_operation(self, info: Info, input: AbortBulkOperationInput) -> AbortBulkOperationPayload:  # noqa: A002 - Relay's word
        row_id = abort(row_id_of(input.operation, "BulkOperation"), input.reason)
        row = operations_by_id([row_id])[row_id]
        return planned(info, AbortBulkOperationPayload(operation=operation_of(row)))
