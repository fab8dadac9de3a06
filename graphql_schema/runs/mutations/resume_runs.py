"""The mutation resumeRuns. An unknown or ended run gives an error."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import CONTROL_RUNS
from automate.recovery.controlling import resume_runs
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.runs.outcomes import MOST_RUNS, answers, named_runs, runs_of
from graphql_schema.runs.types import ExecutionRun


@strawberry.input
class ResumeRunsInput:
    runs: list[strawberry.ID] = strawberry.field(description=MOST_RUNS)
    reason: str = strawberry.field(default="resumed", description="The reason, for the run's log and the audit record.")
    idempotency_key: str | None = None


@strawberry.type
class ResumeRunsPayload:
    runs: list[ExecutionRun] = strawberry.field(
        default_factory=list, description="The runs that exist, in their new state."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResumeRuns:
    @strawberry.mutation(
        extensions=[Requires(CONTROL_RUNS)],
        description="Resume paused runs.",
    )
    @refusals_in(ResumeRunsPayload)
    def resume_runs(self, info: Info, input: ResumeRunsInput) -> ResumeRunsPayload:  # noqa: A002 - Relay's word
        outcome = resume_runs(named_runs(input.runs), input.reason, input.idempotency_key)
        return planned(info, ResumeRunsPayload(runs=runs_of(outcome), errors=answers(outcome)))
