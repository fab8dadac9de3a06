"""Queries about jobs."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django

from automate.kernel.permissions import VIEW_RUNS
from automate.outbox import models, queries
from automate.outbox.queries import JobsFilter
from automate.recovery.restored import transitions as restored
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.listed import filtered, listed
from graphql_schema.outbox.filters import OutboxJobFilter
from graphql_schema.outbox.types import OutboxJob, job_of
from graphql_schema.permissions import Requires


@strawberry_django.type(models.DatabaseEpoch, description="The last time that the database was restored.")
class Restore:
    epoch: strawberry.auto
    restored_at: datetime = strawberry_django.field(field_name="raised_at")
    reason: strawberry.auto
    held: int = strawberry.field(
        description="How many of the tenant's jobs were open at the restore and wait for releaseRestored: exact up "
        "to 10,000."
    )


@strawberry.type
class OutboxQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RUNS)], description="The last restore of the database. Null if it was never restored."
    )
    def last_restore(self) -> Restore | None:
        found = restored.last_restore()
        if found is None:
            return None
        held = restored.count_held()
        return Restore(epoch=found.epoch, restored_at=found.restored_at, reason=found.reason, held=held)

    @listed(VIEW_RUNS, "The jobs, newest first.")
    def outbox_jobs(self, info: Info, filter: OutboxJobFilter | None = None) -> Connection[OutboxJob]:
        wanted = filter.rows() if filter is not None else JobsFilter()
        return filtered(info, "outboxJobs", wanted, queries.jobs_page, job_of, queries.count_jobs)
