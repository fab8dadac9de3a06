"""The query stepRuns: the attempts at steps of all runs."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.runs.queries import StepRow, runs_by_id
from automate.runs.step_queries import StepsFilter, count_steps, steps_page
from graphql_schema.connections import Connection, binding_of, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.listed import listed
from graphql_schema.planning import load_selection, selected
from graphql_schema.runs.types import StepRun, step_of


@strawberry.input(description="The filter of a list of attempts at steps.")
class StepRunFilter:
    started_from: datetime | None = strawberry.field(default=None, description="Started at this time or later.")
    started_before: datetime | None = strawberry.field(default=None, description="Started before this time.")

    def rows(self) -> StepsFilter:
        return StepsFilter(since=self.started_from, until=self.started_before)


@strawberry.type
class StepRunQueries:
    @listed(
        VIEW_RUNS,
        "The attempts at steps of all runs, newest first. Compensations and the items of a flow.for_each are included.",
    )
    def step_runs(self, info: Info, filter: StepRunFilter | None = None) -> Connection[StepRun]:
        wanted = filter.rows() if filter is not None else StepsFilter()
        field, space = selected(info), space_of("stepRuns", binding_of(wanted))
        page = steps_page(wanted, slice_of(space, field.arguments))
        runs = runs_by_id(sorted({row.run_id for row in page.rows})) if page.rows else {}

        def shown(row: StepRow) -> StepRun:
            run = runs.get(row.run_id)
            return step_of(row, run.trace_id if run is not None else "")

        return load_selection(info, connection_of(field, space, page, shown, partial(count_steps, wanted)))
