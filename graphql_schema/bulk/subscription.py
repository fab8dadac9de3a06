"""The subscription bulkProgress."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.kernel.problems import no_such
from automate.recovery.bulk.queries import operations_by_id
from graphql_schema.bulk.types import BulkOperation, operation_of
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.progress import WatchedKind, watched

WATCH = WatchedKind(
    "BulkOperation",
    lambda row_id: operations_by_id([row_id]).get(row_id),
    operation_of,
    no_such("bulk operation", "id", "bulkOperations", "operation"),
)


@strawberry.type
class BulkSubscription:
    @strawberry.subscription(
        extensions=[Requires(VIEW_RUNS)],
        description="The bulk operation now and after each step of progress. The subscription completes when the "
        "operation has ended.",
    )
    async def bulk_progress(self, info: Info, operation: strawberry.ID) -> AsyncGenerator[BulkOperation, None]:
        async for item in watched(info, WATCH, operation):
            yield item
