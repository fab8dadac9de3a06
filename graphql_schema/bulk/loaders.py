"""Load the items of many bulk operations together, so that few SQL statements are needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from automate.recovery.bulk.queries import OperationRow, count_items_under, items_under
from automate.runs.states import BULK_OUTCOMES
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.planning import Of, Selected


def items_of_operations(operations: Sequence[Of[OperationRow]], field: Selected) -> list[Connection[object]]:
    outcome = field.arguments.get("outcome")
    outcomes = BULK_OUTCOMES if outcome is None else (outcome.value,)
    space = space_of("bulkItems", list(outcomes))
    ids = [operation.row.id for operation in operations]
    pages = items_under(ids, outcomes, slice_of(space, field.arguments))
    counts = count_items_under(ids, outcomes) if field.wants("totalCount") else dict.fromkeys(ids, 0)
    return [
        connection_of(
            field,
            space,
            pages[operation.row.id],
            partial(field.make, operation.row),
            partial(counts.__getitem__, operation.row.id),
        )
        for operation in operations
    ]
