"""The mutation saveWorkflow. An invalid draft is saved with its problems."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import WorkflowEntry
from automate.kernel.permissions import EDIT_WORKFLOWS
from automate.workflows.queries import workflows_by_id
from automate.workflows.services import save_workflow
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.scalars import JSON
from graphql_schema.shaped import mirrors
from graphql_schema.workflows.types import Workflow, workflow_of


@mirrors(WorkflowEntry, without=("published", "draft"))
@strawberry.input
class SaveWorkflowInput:
    slug: str
    name: str = strawberry.field(description="The name that people see.")
    definition: JSON = strawberry.field(description="The definition. It may be invalid.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The change is refused if the workflow has changed since. Null "
        "skips this check.",
    )


@strawberry.type
class SaveWorkflowPayload:
    workflow: Workflow | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class SaveWorkflow:
    @strawberry.mutation(
        extensions=[Requires(EDIT_WORKFLOWS)], description="Save a workflow's draft. The draft may be invalid."
    )
    @refusals_in(SaveWorkflowPayload)
    def save_workflow(self, info: Info, input: SaveWorkflowInput) -> SaveWorkflowPayload:  # noqa: A002 - Relay's word
        row_id = save_workflow(
            slug=input.slug,
            name=input.name,
            definition=input.definition,
            expected_revision=input.expected_revision,
        )
        return planned(info, SaveWorkflowPayload(workflow=workflow_of(workflows_by_id([row_id])[row_id])))
