"""The mutation publishWorkflow: makes the draft an immutable version."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PUBLISH_WORKFLOWS
from automate.workflows.queries import versions_by_id
from automate.workflows.services import publish_warnings, publish_workflow
from graphql_schema.mutating import Payload, mutation
from graphql_schema.workflows.types import WorkflowVersion, version_of


@strawberry.input
class PublishWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision of the draft that you have seen. Publishing is refused if the draft has changed "
        "since. Null skips this check.",
    )


@strawberry.type(description="A part of a published version that possibly does not mean what its author thinks.")
class PublishWarning:
    message: str = strawberry.field(description="What the risk is, and what to do about it.")
    path: list[str] = strawberry.field(description="The path in the definition, outermost part first.")


@strawberry.type
class PublishWorkflowPayload(Payload):
    workflow_version: WorkflowVersion | None = None
    warnings: list[PublishWarning] = strawberry.field(
        default_factory=list, description="Warnings about secrets that may be sent to any host."
    )


@strawberry.type
class PublishWorkflow:
    @mutation(PUBLISH_WORKFLOWS, "Publish the draft as a new version. New events start this version.")
    def publish_workflow(self, input: PublishWorkflowInput) -> PublishWorkflowPayload:
        row_id = publish_workflow(slug=input.workflow, expected_revision=input.expected_revision)
        return PublishWorkflowPayload(
            workflow_version=version_of(versions_by_id([row_id])[row_id]),
            warnings=[PublishWarning(message=message, path=path) for message, path in publish_warnings(row_id)],
        )
