"""The mutation pauseWorkflow."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_WORKFLOWS
from automate.recovery.holds import pause_workflow
from automate.workflows.queries import workflows_by_id
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.workflows.types import PausedEvents, Workflow, workflow_of


@strawberry.input
class PauseWorkflowInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    reason: str = strawberry.field(description="The reason, for the audit record.")
    events: PausedEvents = strawberry.field(
        default=PausedEvents.WAIT, description="What happens to events that match during the pause."
    )


@strawberry.type
class PauseWorkflowPayload:
    workflow: Workflow | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PauseWorkflow:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_WORKFLOWS)],
        description="Pause a workflow's open runs. For events that match during the pause, new runs are created and "
        "wait, or the events are skipped.",
    )
    @refusals_in(PauseWorkflowPayload)
    def pause_workflow(self, info: Info, input: PauseWorkflowInput) -> PauseWorkflowPayload:  # noqa: A002 - Relay's word
        row_id = pause_workflow(input.workflow, input.reason, skip=input.events is PausedEvents.SKIP)
        return planned(info, PauseWorkflowPayload(workflow=workflow_of(workflows_by_id([row_id])[row_id])))
