"""The mutation unarchiveWorkflow."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PUBLISH_WORKFLOWS
from automate.workflows.queries import workflows_by_id
from automate.workflows.services import unarchive_workflow
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.workflows.types import Workflow, workflow_of


@strawberry.input
class UnarchiveWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")


@strawberry.type
class UnarchiveWorkflowPayload:
    workflow: Workflow | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class UnarchiveWorkflow:
    @strawberry.mutation(
        extensions=[Requires(PUBLISH_WORKFLOWS)], description="Unarchive a workflow. Events start it again."
    )
    @refusals_in(UnarchiveWorkflowPayload)
    def unarchive_workflow(self, info: Info, input: UnarchiveWorkflowInput) -> UnarchiveWorkflowPayload:  # noqa: A002 - Relay's word
        row_id = unarchive_workflow(slug=input.workflow)
        return planned(info, UnarchiveWorkflowPayload(workflow=workflow_of(workflows_by_id([row_id])[row_id])))
