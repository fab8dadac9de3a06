# ruff: noqa: ARG002, PLR0917 - the plan reads a field's arguments from the document
"""Root fields about runs."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.retention.classes import RUNS as RUNS_CLASS
from automate.retention.expiry_queries import require_unexpired
from automate.runs import queries
from automate.runs.feed_queries import RUNS
from automate.runs.list_queries import count_runs, runs_page
from automate.runs.named_queries import check_slugs
from automate.runs.queries import Joins, RunsFilter
from graphql_schema.connections import Connection, binding_of, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.following import ORDER_DESCRIPTION, ListOrder, followed_connection, space_of_followed
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected
from graphql_schema.runs.filters import RunFilter
from graphql_schema.runs.types import ExecutionRun, run_of


@strawberry.type
class RunQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RUNS)],
        description="One run; null when there is none of this id. EXPIRED for an id from a time of which retention has removed the runs.",
    )
    def run(self, info: Info, id: strawberry.ID) -> ExecutionRun | None:  # noqa: A002 - the schema's word
        row_id = row_id_of(id, "ExecutionRun")
        row = queries.runs_by_id([row_id]).get(row_id) if row_id is not None else None
        if row is None and row_id is not None:
            require_unexpired(row_id, RUNS_CLASS)
        return planned(info, run_of(row) if row is not None else None)

    @strawberry.field(
        extensions=[Requires(VIEW_RUNS)], description="All runs, or those that were created within the resume window."
    )
    def runs(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        filter: RunFilter | None = None,  # noqa: A002 - the schema's word
        order: Annotated[ListOrder, strawberry.argument(description=ORDER_DESCRIPTION)] = ListOrder.NEWEST,
    ) -> Connection[ExecutionRun]:
        wanted = filter.rows() if filter is not None else RunsFilter()
        field, count = selected(info), partial(count_runs, wanted)
        joins = Joins(
            version=field.wants("edges", "node", "workflowVersion"), event=field.wants("edges", "node", "event")
        )
        if order is ListOrder.COMMITTED:
            space = space_of_followed("runs", wanted)
            found = followed_connection(field, space, RUNS, queries.followed_runs(wanted, joins), run_of, count)
        else:
            space = space_of("runs", binding_of(wanted))
            page = runs_page(wanted, slice_of(space, field.arguments), joins)
            found = connection_of(field, space, page, run_of, count)
        if not found.edges:
            check_slugs(wanted)
        return planned(info, found)
