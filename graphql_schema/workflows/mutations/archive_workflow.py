"""The mutation archiveWorkflow."""

from __future__ import annotations

import strawberry

from automate.kernel.limits import LIMITS
from automate.kernel.permissions import PUBLISH_WORKFLOWS
from automate.rules.queries import rules_of_workflow
from automate.workflows.queries import workflows_by_id
from automate.workflows.services import archive_workflow
from graphql_schema.mutating import Payload, mutation
from graphql_schema.rules.types import RuleSpec, rule_of
from graphql_schema.workflows.types import Workflow, workflow_of


@strawberry.input
class ArchiveWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    reason: str = strawberry.field(description="The reason, for the audit record.")


@strawberry.type
class ArchiveWorkflowPayload(Payload):
    workflow: Workflow | None = None
    rules: list[RuleSpec] = strawberry.field(
        default_factory=list,
        description="The rules that start the workflow, at most 100. They still match events, but start no runs of it.",
    )


@strawberry.type
class ArchiveWorkflow:
    @mutation(
        PUBLISH_WORKFLOWS, "Archive a workflow. New events no longer start it. Its open runs continue to their end."
    )
    def archive_workflow(self, input: ArchiveWorkflowInput) -> ArchiveWorkflowPayload:
        row_id = archive_workflow(slug=input.workflow, reason=input.reason)
        rules = [rule_of(row) for row in rules_of_workflow(row_id, LIMITS.page_size)]
        workflow = workflow_of(workflows_by_id([row_id])[row_id])
        return ArchiveWorkflowPayload(workflow=workflow, rules=rules)
