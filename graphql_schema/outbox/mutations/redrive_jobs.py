"""The mutation redriveJobs: start dead jobs again."""

from __future__ import annotations

import strawberry

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import Limits
from automate.kernel.permissions import REDRIVE_JOBS
from automate.outbox.queries import jobs_by_id
from automate.recovery.poison import redrive
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, answer_of, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.outbox.types import OutboxJob, job_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.runs.filters import NOTHING

MOST = Limits().page_size


@strawberry.input
class RedriveJobsInput:
    jobs: list[strawberry.ID] = strawberry.field(
        description=f"At most {MOST} ids of dead jobs. An unknown id is an error; other jobs are not changed."
    )
    repeat_effects: bool = strawberry.field(
        default=False,
        description="As for retryRuns: send calls under new keys, so that their effects happen again. Otherwise a run stays dead if its "
        "receivers cannot recognise a repeated effect, and an error names its steps.",
    )


@strawberry.type
class RedriveJobsPayload:
    jobs: list[OutboxJob] = strawberry.field(default_factory=list, description="The jobs that were dead.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class RedriveJobs:
    @strawberry.mutation(
        extensions=[Requires(REDRIVE_JOBS)],
        description="Match a dead job's event again, or continue its run by a new run of the same version and event from the failed step.",
    )
    @refusals_in(RedriveJobsPayload)
    def redrive_jobs(self, info: Info, input: RedriveJobsInput) -> RedriveJobsPayload:  # noqa: A002 - Relay's word
        if len(input.jobs) > MOST:
            raise NormalizedError(
                "LIMIT_EXCEEDED", f"Name at most {MOST} jobs; these are {len(input.jobs)}.", path=["jobs"]
            )
        wanted = [row_id_of(job, "OutboxJob") or NOTHING for job in input.jobs]
        redriven = redrive(wanted, repeat_effects=input.repeat_effects)
        rows = jobs_by_id(redriven.jobs)
        payload = RedriveJobsPayload(
            jobs=[job_of(rows[job_id]) for job_id in redriven.jobs],
            errors=[answer_of(error) for error in [*map(_unknown, redriven.unknown), *redriven.errors]],
        )
        return planned(info, payload)


def _unknown(place: int) -> NormalizedError:
    """The error for an id that is unknown, deleted, or another tenant's."""
    return NormalizedError("NOT_FOUND", "There is no job of this id.", path=["jobs", place])
