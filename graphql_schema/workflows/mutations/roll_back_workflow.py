"""The mutation rollBackWorkflow: publishes an earlier version again."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PUBLISH_WORKFLOWS
from automate.workflows.queries import versions_by_id
from automate.workflows.services import roll_back_workflow
from graphql_schema.mutating import Payload, mutation
from graphql_schema.workflows.types import WorkflowVersion, version_of


@strawberry.input
class RollBackWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    version: int = strawberry.field(description="The number of the earlier version whose content is published again.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision of the draft that you have seen. The request is refused if the draft has changed "
        "since. Null skips this check.",
    )


@strawberry.type
class RollBackWorkflowPayload(Payload):
    workflow_version: WorkflowVersion | None = None
    draft_kept: bool = strawberry.field(
        default=False, description="Whether the draft was left as it is, because it has unpublished changes."
    )


@strawberry.type
class RollBackWorkflow:
    @mutation(
        PUBLISH_WORKFLOWS,
        "Publish the content of an earlier version again, as a new version. New events start the new version.",
    )
    def roll_back_workflow(self, input: RollBackWorkflowInput) -> RollBackWorkflowPayload:
        row_id, kept = roll_back_workflow(
            slug=input.workflow, number=input.version, expected_revision=input.expected_revision
        )
        version = version_of(versions_by_id([row_id])[row_id])
        return RollBackWorkflowPayload(workflow_version=version, draft_kept=kept)
