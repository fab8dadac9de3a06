"""The mutation resumeWorkflow."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_WORKFLOWS
from automate.recovery.holds import resume_workflow
from automate.workflows.queries import workflows_by_id
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.workflows.types import Workflow, workflow_of


@strawberry.input
class ResumeWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")


@strawberry.type
class ResumeWorkflowPayload:
    workflow: Workflow | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResumeWorkflow:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_WORKFLOWS)],
        description="Resume a workflow: its paused runs continue, and runs that wait to begin are started.",
    )
    @refusals_in(ResumeWorkflowPayload)
    def resume_workflow(self, info: Info, input: ResumeWorkflowInput) -> ResumeWorkflowPayload:  # noqa: A002 - Relay's word
        row_id = resume_workflow(input.workflow)
        return planned(info, ResumeWorkflowPayload(workflow=workflow_of(workflows_by_id([row_id])[row_id])))
