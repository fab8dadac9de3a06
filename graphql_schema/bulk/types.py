# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""The type BulkOperation: one recovery operation on all items that match a filter."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry
import strawberry_django

from automate.kernel.permissions import VIEW_RUNS
from automate.kernel.untyped import Annotation
from automate.recovery.bulk import models, request
from automate.recovery.bulk.choices import BulkKind, BulkOutcome, BulkState
from automate.recovery.bulk.queries import ItemRow, OperationRow
from automate.recovery.bulk.request import restored
from graphql_schema.bulk.loaders import items_of_operations
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.events.filters import EventFilter
from graphql_schema.ids import global_id
from graphql_schema.outbox.filters import OutboxJobFilter
from graphql_schema.paging import nested
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.runs.filters import RunFilter
from graphql_schema.scalars import JSON

ITEM_TYPES = {"runs": "ExecutionRun", "events": "Event", "jobs": "OutboxJob"}
FILTER_INPUTS: Mapping[str, Annotation] = {"runs": RunFilter, "events": EventFilter, "jobs": OutboxJobFilter}


@strawberry_django.type(models.BulkItem, description="The outcome of one item of a bulk operation.")
class BulkItem:
    item: strawberry.ID = strawberry.field(description="The id of the run, event or job.")
    outcome: BulkOutcome
    runs: list[strawberry.ID]
    error: ErrorAnswer | None
    at: strawberry.auto


@strawberry_django.type(
    models.BulkOperation,
    description="One recovery operation on all items that match a filter. Workers run it in chunks.",
)
class BulkOperation(Node):
    kind: BulkKind
    state: BulkState
    filter: JSON = strawberry.field(
        description="The filter of the operation's items, as for startBulkOperation. It includes the default states."
    )
    reason: strawberry.auto
    rate: strawberry.auto
    ceiling: strawberry.auto
    stop_on_error_rate: strawberry.auto
    total: strawberry.auto
    done: strawberry.auto
    skipped: strawberry.auto
    refused: strawberry.auto
    error: ErrorAnswer | None
    started_by: str = strawberry.field(
        description="The name of the caller who started the operation. It acts with this caller's rights."
    )
    trace_id: strawberry.auto
    created_at: strawberry.auto
    finished_at: strawberry.auto
    row: strawberry.Private[OperationRow]

    @planned(items_of_operations, VIEW_RUNS)
    @nested("The outcome of each item so far, newest first.")
    def items(self, info: Info, outcome: BulkOutcome | None = None) -> Connection[BulkItem]:
        return prefetched(self, info)


def _filter_of(row: OperationRow) -> JSON:
    wanted: object = restored(row.kind, row.wanted)
    name = request.FILTERS[row.kind][0]
    return JSON({name: FILTER_INPUTS[name].shown(wanted)})


_bulk_operation = copier(BulkOperation, OperationRow, "id", "kind", "state", "filter", "error", "started_by", "row")


def operation_of(row: OperationRow) -> BulkOperation:
    return _bulk_operation(
        row,
        id=strawberry.ID(global_id("BulkOperation", row.id)),
        kind=BulkKind(row.kind),
        state=BulkState(row.state),
        filter=_filter_of(row),
        error=stored_answer(row.error, row.trace_id) if row.error else None,
        started_by=row.principal.name,
        row=row,
    )


@makes(BulkItem)
def item_of(operation: OperationRow, row: ItemRow) -> BulkItem:
    of = ITEM_TYPES[request.FILTERS[operation.kind][0]]
    return BulkItem(
        item=strawberry.ID(global_id(of, row.item_id)),
        outcome=BulkOutcome(row.outcome),
        runs=[strawberry.ID(global_id("ExecutionRun", run)) for run in row.runs],
        error=stored_answer(row.error, operation.trace_id) if row.error else None,
        at=row.at,
    )
