"""The mutation retryRuns: starts new runs that replace ended runs."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import RETRY_RUNS
from automate.recovery.retrying import retry_runs
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation
from graphql_schema.runs.outcomes import answers, named_runs, runs_of
from graphql_schema.runs.retry_input import RetryRunsInput
from graphql_schema.runs.types import ExecutionRun


@strawberry.type
class RetryRunsPayload(Payload):
    runs: list[ExecutionRun] = strawberry.field(default_factory=list, description="The new runs.")


@strawberry.type
class RetryRuns:
    @mutation(
        RETRY_RUNS,
        "Replace each of these ended runs by a new run, which is queued. It keeps the results that need "
        "not be repeated.",
    )
    def retry_runs(self, info: Info, input: RetryRunsInput) -> RetryRunsPayload:
        outcome = retry_runs(
            named_runs(input.runs),
            input.request(info.context.depth),
            plan_id=input.plan_id,
            idempotency_key=input.idempotency_key,
        )
        return RetryRunsPayload(runs=runs_of(outcome), errors=answers(outcome))
