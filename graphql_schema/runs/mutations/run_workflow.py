"""The mutation runWorkflow. A repeated idempotency key returns the first run."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import RUN_WORKFLOWS
from automate.runs.queries import runs_by_id
from automate.triggers.services import run_workflow
from graphql_schema.context import Info
from graphql_schema.mutating import Payload, mutation
from graphql_schema.runs.types import ExecutionRun, run_of
from graphql_schema.scalars import JSON


@strawberry.input
class RunWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    payload: JSON = strawberry.field(description="The payload of the event that the run gets: any JSON.")
    idempotency_key: str | None = None


@strawberry.type
class RunWorkflowPayload(Payload):
    run: ExecutionRun | None = None


@strawberry.type
class RunWorkflow:
    @mutation(RUN_WORKFLOWS, "Start a workflow by hand.")
    def run_workflow(self, info: Info, input: RunWorkflowInput) -> RunWorkflowPayload:
        row_id = run_workflow(
            workflow=input.workflow,
            payload=input.payload,
            idempotency_key=input.idempotency_key,
            depth=info.context.depth,
        )
        return RunWorkflowPayload(run=run_of(runs_by_id([row_id])[row_id]))
