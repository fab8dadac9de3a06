"""The mutation saveWorkflow. An invalid draft is saved with its problems."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import WorkflowEntry
from automate.kernel.permissions import EDIT_WORKFLOWS
from automate.workflows.queries import workflows_by_id
from automate.workflows.services import save_workflow
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.shaped import ShapeInput, input_of
from graphql_schema.workflows.types import Workflow, workflow_of


@input_of(WorkflowEntry, only=("slug", "name", "definition"))
class SaveWorkflowInput(ShapeInput):
    expected_revision: int | None = seen_revision("workflow")


@strawberry.type
class SaveWorkflowPayload(Payload):
    workflow: Workflow | None = None


@strawberry.type
class SaveWorkflow:
    @mutation(EDIT_WORKFLOWS, "Save a workflow's draft. The draft may be invalid.")
    def save_workflow(self, input: SaveWorkflowInput) -> SaveWorkflowPayload:
        row_id = save_workflow(**input.stored(), expected_revision=input.expected_revision)
        return SaveWorkflowPayload(workflow=workflow_of(workflows_by_id([row_id])[row_id]))
