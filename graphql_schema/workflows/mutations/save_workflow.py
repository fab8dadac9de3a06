"""The mutation saveWorkflow. An invalid draft is saved with its problems."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import WorkflowEntry
from automate.kernel.permissions import EDIT_WORKFLOWS
from automate.workflows.queries import workflows_by_id
from automate.workflows.services import save_workflow
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.scalars import JSON
from graphql_schema.shaped import mirrors
from graphql_schema.workflows.types import Workflow, workflow_of


@mirrors(WorkflowEntry, without=("published", "draft"))
@strawberry.input
class SaveWorkflowInput:
    slug: str
    name: str = strawberry.field(description="The name that people see.")
    definition: JSON = strawberry.field(description="The definition. It may be invalid.")
    expected_revision: int | None = seen_revision("workflow")


@strawberry.type
class SaveWorkflowPayload(Payload):
    workflow: Workflow | None = None


@strawberry.type
class SaveWorkflow:
    @mutation(EDIT_WORKFLOWS, "Save a workflow's draft. The draft may be invalid.")
    def save_workflow(self, input: SaveWorkflowInput) -> SaveWorkflowPayload:
        row_id = save_workflow(
            slug=input.slug,
            name=input.name,
            definition=input.definition,
            expected_revision=input.expected_revision,
        )
        return SaveWorkflowPayload(workflow=workflow_of(workflows_by_id([row_id])[row_id]))
