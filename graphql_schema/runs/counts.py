"""The query runCounts: runs that were created, started and ended, by hour, day or week."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated

import strawberry

from automate.kernel.permissions import VIEW_RUNS
from automate.kernel.problems import no_such
from automate.runs.counts import counting, queries
from graphql_schema.context import Info
from graphql_schema.ids import global_row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.scalars import BigInt


@strawberry.enum(
    description="The length of a bucket of counts. Buckets begin at whole hours, at midnight, or on Mondays at "
    "midnight, all in UTC."
)
class RunCountsBy(Enum):
    HOUR = strawberry.enum_value("hour", description="One hour.")
    DAY = strawberry.enum_value("day", description="One day, from midnight in UTC.")
    WEEK = strawberry.enum_value("week", description="Seven days, from a Monday's midnight in UTC.")


WIDTHS = {RunCountsBy.HOUR: timedelta(hours=1), RunCountsBy.DAY: timedelta(days=1), RunCountsBy.WEEK: timedelta(days=7)}


@strawberry.type(
    description="How many runs were created, started and ended in a period. Tests of workflows are not counted."
)
class RunCounts:
    from_: datetime = strawberry.field(name="from", description="The beginning of the bucket.")
    to: datetime = strawberry.field(description="The end of the bucket. This instant belongs to the next bucket.")
    created: BigInt = strawberry.field(description="The number of runs that were created.")
    started: BigInt = strawberry.field(description="The number of runs that started.")
    succeeded: BigInt = strawberry.field(description="The number of runs that succeeded.")
    failed: BigInt = strawberry.field(description="The number of runs that failed.")
    cancelled: BigInt = strawberry.field(description="The number of runs that were cancelled.")
    timed_out: BigInt = strawberry.field(description="The number of runs that timed out.")
    complete: bool = strawberry.field(
        description="Whether all hours of the bucket that have begun are counted. If false, repeat the request, "
        "because each request counts more."
    )


@strawberry.type
class RunCountsQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RUNS)],
        description=f"Counts of runs in buckets, the oldest first: at most {counting.MOST_BUCKETS}. The time is widened to whole buckets.",
    )
    def run_counts(
        self,
        info: Info,
        from_: Annotated[datetime, strawberry.argument(name="from", description="The beginning of the period.")],
        to: Annotated[datetime, strawberry.argument(description="The end of the period.")],
        by: Annotated[RunCountsBy, strawberry.argument(description="The length of a bucket.")] = RunCountsBy.HOUR,
        workflow: Annotated[
            str | None, strawberry.argument(description="The workflow's slug or id. Null counts all workflows.")
        ] = None,
    ) -> list[RunCounts]:
        buckets = counting.run_counts(from_, to, WIDTHS[by], _workflow(workflow))
        return load_selection(
            info,
            [
                RunCounts(
                    from_=one.since,
                    to=one.until,
                    complete=one.complete,
                    **dict(zip(queries.COUNTS, map(BigInt, one.counts), strict=True)),
                )
                for one in buckets
            ],
        )


def _workflow(named: str | None) -> uuid.UUID | None:
    # Given by slug or id. Raises NOT_FOUND for an unknown slug.
    if named is None:
        return None
    row_id = global_row_id_of(named, "Workflow")
    if row_id is not None:
        return row_id
    found = queries.workflow_of_slug(named)
    if found is None:
        raise no_such("workflow", "slug", "workflows", "workflow")
    return found
