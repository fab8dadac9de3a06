"""The mutation pauseRuns. An unknown or ended run gives an error."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import CONTROL_RUNS
from automate.recovery.controlling import pause_runs
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.runs.outcomes import MOST_RUNS, answers, named_runs, runs_of
from graphql_schema.runs.types import ExecutionRun


@strawberry.input
class PauseRunsInput:
    runs: list[strawberry.ID] = strawberry.field(description=MOST_RUNS)
    reason: str = strawberry.field(description="The reason, for the run's log and the audit record.")
    idempotency_key: str | None = None


@strawberry.type
class PauseRunsPayload:
    runs: list[ExecutionRun] = strawberry.field(
        default_factory=list, description="The runs that exist, in their new state."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PauseRuns:
    @strawberry.mutation(
        extensions=[Requires(CONTROL_RUNS)],
        description="Pause runs. They start no further steps until they are resumed. Calls in flight end first. "
        "Timeouts continue to count.",
    )
    @refusals_in(PauseRunsPayload)
    def pause_runs(self, info: Info, input: PauseRunsInput) -> PauseRunsPayload:  # noqa: A002 - Relay's word
        outcome = pause_runs(named_runs(input.runs), input.reason, input.idempotency_key)
        return planned(info, PauseRunsPayload(runs=runs_of(outcome), errors=answers(outcome)))
