"""The mutation cancelRuns. An unknown or ended run gives an error."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import CONTROL_RUNS
from automate.recovery.controlling import cancel_runs
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.runs.outcomes import MOST_RUNS, answers, named_runs, runs_of
from graphql_schema.runs.types import ExecutionRun


@strawberry.input
class CancelRunsInput:
    runs: list[strawberry.ID] = strawberry.field(description=MOST_RUNS)
    reason: str = strawberry.field(description="The reason, for the run's log and the audit record.")
    idempotency_key: str | None = None


@strawberry.type
class CancelRunsPayload:
    runs: list[ExecutionRun] = strawberry.field(
        default_factory=list, description="The runs that exist, in their new state."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class CancelRuns:
    @strawberry.mutation(
        extensions=[Requires(CONTROL_RUNS)],
        description="Cancel runs. A run that has begun stays CANCELLING until its calls have ended and its effects "
        "are compensated. Then it gets its final state.",
    )
    @refusals_in(CancelRunsPayload)
    def cancel_runs(self, info: Info, input: CancelRunsInput) -> CancelRunsPayload:  # noqa: A002 - Relay's word
        outcome = cancel_runs(named_runs(input.runs), input.reason, input.idempotency_key)
        return planned(info, CancelRunsPayload(runs=runs_of(outcome), errors=answers(outcome)))
