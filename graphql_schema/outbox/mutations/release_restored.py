"""The mutation releaseRestored: continues work that waits after a restore of the database."""

from __future__ import annotations

import strawberry

from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import CONTROL_RUNS
from automate.outbox.queries import jobs_by_id
from automate.recovery.restored.services import ALL_AT_ONCE, Released, release_all, release_named
from graphql_schema.connections import LIMITS
from graphql_schema.errors import answer_of
from graphql_schema.ids import row_id_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.outbox.types import OutboxJob, job_of


@strawberry.input
class ReleaseRestoredInput:
    jobs: list[strawberry.ID] | None = strawberry.field(
        default=None, description=f"At most {LIMITS.page_size} ids of jobs. Jobs that do not wait are not changed."
    )
    all: bool = strawberry.field(
        default=False,
        description=f"Release the oldest {ALL_AT_ONCE} jobs that wait. Repeat the request while `remaining` is above 0.",
    )
    reason: str = strawberry.field(
        description="The reason why this work may continue. It is written to the runs' logs and the audit record."
    )


@strawberry.type
class ReleaseRestoredPayload(Payload):
    count: int = strawberry.field(default=0, description="The number of released jobs.")
    remaining: int = strawberry.field(
        default=0, description="How many of the tenant's jobs still wait: exact up to 10,000."
    )
    jobs: list[OutboxJob] = strawberry.field(
        default_factory=list, description="The released jobs, if the request named them. Empty for `all`."
    )


@strawberry.type
class ReleaseRestored:
    @mutation(
        CONTROL_RUNS,
        "Continue work that was open when the database was restored. First look at outboxJobs(filter: "
        "{restored: true}), which shows each run with its effects. The next effect of a run may have "
        "happened already.",
    )
    def release_restored(self, input: ReleaseRestoredInput) -> ReleaseRestoredPayload:
        if input.all and input.jobs:
            raise NormalizedError(
                "BAD_USER_INPUT",
                "The request needs exactly one selection. Name `jobs`, or set `all` to true, but not both.",
                path=["all"],
            )
        if input.all:
            return _answer(release_all(input.reason), named=False)
        named = [row_id_of(job, "OutboxJob") for job in input.jobs or []]
        return _answer(release_named(named, input.reason), named=True)


def _answer(released: Released, *, named: bool) -> ReleaseRestoredPayload:
    rows = jobs_by_id(released.job_ids) if named else {}
    return ReleaseRestoredPayload(
        count=len(released.job_ids),
        remaining=released.remaining,
        jobs=[job_of(rows[job_id]) for job_id in released.job_ids if job_id in rows],
        errors=[answer_of(error) for error in released.errors],
    )
