"""The mutation abortBulkOperation."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import START_BULK
from automate.recovery.bulk import services
from automate.recovery.bulk.queries import operations_by_id
from graphql_schema.bulk.types import BulkOperation, operation_of
from graphql_schema.connections import found_by
from graphql_schema.mutating import REASON, Family

OPERATION = Family("operation", BulkOperation, found_by(operations_by_id, operation_of), by_id=True)


@strawberry.type
class AbortBulkOperation:
    abort_bulk_operation = OPERATION.changes(
        "abort_bulk_operation",
        services.abort,
        START_BULK,
        "Stop a bulk operation. Workers still complete the current chunk. Items that are already processed do not change.",
        reason=REASON,
    )
