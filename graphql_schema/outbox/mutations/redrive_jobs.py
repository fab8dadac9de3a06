"""The mutation redriveJobs: starts dead jobs again."""

from __future__ import annotations

import strawberry

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import Limits
from automate.kernel.permissions import REDRIVE_JOBS
from automate.kernel.problems import no_such
from automate.outbox.queries import jobs_by_id
from automate.recovery.poison import redrive
from graphql_schema.errors import answer_of
from graphql_schema.ids import row_id_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.outbox.types import OutboxJob, job_of
from graphql_schema.runs.filters import NOTHING

MOST = Limits().page_size


@strawberry.input
class RedriveJobsInput:
    jobs: list[strawberry.ID] = strawberry.field(
        description=f"At most {MOST} ids of dead jobs. An unknown id causes an error. Jobs that are not dead do not change."
    )
    repeat_effects: bool = strawberry.field(
        default=False,
        description="Whether to send calls under new keys, so that their effects happen again. If false, a run "
        "stays dead if a receiver cannot recognise a repeat, and an error names its steps.",
    )


@strawberry.type
class RedriveJobsPayload(Payload):
    jobs: list[OutboxJob] = strawberry.field(default_factory=list, description="The jobs that are no longer dead.")


@strawberry.type
class RedriveJobs:
    @mutation(
        REDRIVE_JOBS,
        "Start dead jobs again. A job that matches an event matches it again. A job of a run is "
        "replaced by a new run of the same version and event, which starts at the failed step.",
    )
    def redrive_jobs(self, input: RedriveJobsInput) -> RedriveJobsPayload:
        if len(input.jobs) > MOST:
            raise NormalizedError(
                "LIMIT_EXCEEDED",
                f"`jobs` has {len(input.jobs)} ids, but the maximum is {MOST}. Send several requests.",
                path=["jobs"],
            )
        wanted = [row_id_of(job, "OutboxJob") or NOTHING for job in input.jobs]
        redriven = redrive(wanted, repeat_effects=input.repeat_effects)
        rows = jobs_by_id(redriven.jobs)
        return RedriveJobsPayload(
            jobs=[job_of(rows[job_id]) for job_id in redriven.jobs],
            errors=[
                answer_of(error)
                for error in [
                    *(no_such("job", "id", "outboxJobs", "jobs", place) for place in redriven.unknown),
                    *redriven.errors,
                ]
            ],
        )
