"""A query for the platform's operator. It returns the time that workers spent on each tenant's jobs."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.kernel.permissions import VIEW_TENANTS
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import listed, paged
from tenants import queries
from tenants.fairness_queries import SAMPLE_JOBS, SAMPLE_SECONDS, FairnessRow, fairness_page

SAMPLE = f"the jobs that ended within the last {SAMPLE_SECONDS // 60} minutes, at most the last {SAMPLE_JOBS:,}"


@strawberry.type(description=f"A tenant's part of the workers' time. The sample is {SAMPLE}.")
class TenantFairness:
    external_id: str = strawberry.field(description="The id that the hosting team's product gave to the tenant.")
    slug: str = strawberry.field(description="The tenant's slug.")
    weight: int = strawberry.field(description="The tenant's weight in the queue, from its plan.")
    share: float = strawberry.field(
        description="The tenant's share of the time that workers spent on the jobs of the sample, from 0 to 1."
    )
    jobs: int = strawberry.field(description="The number of the tenant's jobs in the sample.")
    oldest_due_at: datetime | None = strawberry.field(
        description="The time at which the tenant's longest waiting job was due. Null if no job waits."
    )
    start_delay_p95: float | None = strawberry.field(
        description="How long jobs wait from their due time until a worker claims them, in seconds. 95 % of the "
        "tenant's claimed jobs in the sample wait no longer than this. A worker can create and start a job at once. "
        "Such a job is never claimed, and is not counted here. Null if the sample has no claimed job of the tenant."
    )


def _shown(row: FairnessRow) -> TenantFairness:
    return TenantFairness(
        external_id=row.external_id,
        slug=row.slug,
        weight=row.weight,
        share=row.share,
        jobs=row.jobs,
        oldest_due_at=row.oldest_due_at,
        start_delay_p95=row.start_delay_p95,
    )


@strawberry.type
class FairnessQueries:
    @listed(VIEW_TENANTS, "How the workers' time is divided among the tenants, the newest tenant first.")
    def fairness(self, info: Info) -> Connection[TenantFairness]:
        return paged(info, "fairness", fairness_page, _shown, queries.count_tenants)
