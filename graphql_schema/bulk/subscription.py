"""bulkProgress: a bulk operation as it moves on, until it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import strawberry

from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import VIEW_RUNS
from automate.runs.bulk.progress import channel
from automate.runs.bulk.queries import OperationRow, operations_by_id
from graphql_schema.bulk.types import BulkOperation, operation_of
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.payloads import PayloadBytes
from graphql_schema.permissions import require
from graphql_schema.planning import Selected, selected
from graphql_schema.streams import in_scope, require_active, rest
from graphql_schema.threads import in_thread
from graphql_schema.wakes import wakes

WELCOME_SECONDS = 15.0
"""How often a stream asks whether its caller may still listen."""
SHORTEST_SECONDS = 0.1
"""Between two items: an operation may move on twenty times a second, and nobody reads that fast."""

PROGRESS_PERMISSION = VIEW_RUNS


@strawberry.type
class BulkSubscription:
    @strawberry.subscription(
        description="A bulk operation as it is now, and whenever it has moved on; completes once it has ended."
    )
    async def bulk_progress(self, info: Info, operation: strawberry.ID) -> AsyncGenerator[BulkOperation, None]:
        caller = info.context
        tenant = caller.tenant
        if tenant is None:
            raise LookupError("the platform's schema has no bulk operations")
        require(caller.principal, PROGRESS_PERMISSION)
        row_id, field = row_id_of(operation, "BulkOperation"), selected(info)
        if row_id is None:
            raise _unknown()
        clock = asyncio.get_running_loop().time
        checked, shown = clock(), None
        with wakes.of(channel(row_id)) as waiter:
            while True:
                waiter.event.clear()
                row = await in_scope(tenant, lambda: operations_by_id([row_id]).get(row_id))
                if row is None:
                    raise _unknown()
                if row != shown:
                    shown = row
                    yield await in_scope(tenant, lambda: _filled(row, field))  # noqa: B023 - awaited before it changes
                if row.finished_at is not None:
                    return
                await require_active(tenant)
                if clock() - checked >= WELCOME_SECONDS:
                    await in_thread(caller.still_welcome)
                    checked = clock()
                await asyncio.sleep(SHORTEST_SECONDS)
                await rest(tenant, waiter.event, waiter.poll_seconds())


def _filled(row: OperationRow, field: Selected) -> BulkOperation:
    made = operation_of(row)
    # What one answer may show of payloads, each item of a subscription may.
    replace(field.plan, payload_bytes=PayloadBytes()).fill(field.type, [made], field.nodes)
    return made


def _unknown() -> NormalizedError:
    return NormalizedError("NOT_FOUND", "There is no bulk operation of this id.", path=["operation"])
