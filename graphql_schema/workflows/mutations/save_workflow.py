"""The mutation saveWorkflow. An invalid draft is saved with its problems."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import WorkflowEntry
from automate.kernel.permissions import EDIT_WORKFLOWS
from automate.workflows.services import save_workflow
from graphql_schema.mutating import seen_revision
from graphql_schema.shaped import ShapeInput, input_of
from graphql_schema.workflows.mutations.lifecycle import WORKFLOW


@input_of(WorkflowEntry, only=("slug", "name", "definition"))
class SaveWorkflowInput(ShapeInput):
    expected_revision: int | None = seen_revision("workflow")


def _save(given: SaveWorkflowInput) -> uuid.UUID:
    return save_workflow(**given.stored(), expected_revision=given.expected_revision)


@strawberry.type
class SaveWorkflow:
    save_workflow = WORKFLOW.saves(
        "save_workflow", SaveWorkflowInput, _save, EDIT_WORKFLOWS, "Save a workflow's draft. The draft may be invalid."
    )
