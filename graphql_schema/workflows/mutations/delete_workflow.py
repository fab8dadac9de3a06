"""The mutation deleteWorkflow."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import EDIT_WORKFLOWS
from automate.workflows.services import delete_workflow
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import global_id
from graphql_schema.permissions import Requires


@strawberry.input
class DeleteWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The deletion is refused if the workflow has changed since. "
        "Null skips this check.",
    )


@strawberry.type
class DeleteWorkflowPayload:
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the deleted workflow.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class DeleteWorkflow:
    @strawberry.mutation(
        extensions=[Requires(EDIT_WORKFLOWS)],
        description="Delete a workflow. This is refused if it was ever published or tested live, or if a rule "
        "starts it. Use archiveWorkflow for a workflow with runs.",
    )
    @refusals_in(DeleteWorkflowPayload)
    def delete_workflow(self, input: DeleteWorkflowInput) -> DeleteWorkflowPayload:  # noqa: A002 - Relay's word
        row_id = delete_workflow(slug=input.workflow, expected_revision=input.expected_revision)
        return DeleteWorkflowPayload(deleted_id=strawberry.ID(global_id("Workflow", row_id)))
