"""The mutations pauseWorkflow, resumeWorkflow, unarchiveWorkflow and deleteWorkflow."""

from __future__ import annotations

import uuid

import strawberry

from automate.kernel.permissions import EDIT_WORKFLOWS, PAUSE_WORKFLOWS, PUBLISH_WORKFLOWS
from automate.recovery import holds
from automate.workflows import services
from automate.workflows.queries import workflows_by_id
from graphql_schema.connections import found_by
from graphql_schema.mutating import REASON, Family, Value
from graphql_schema.workflows.paused_events import PausedEvents
from graphql_schema.workflows.types import Workflow, workflow_of

WORKFLOW = Family("workflow", Workflow, found_by(workflows_by_id, workflow_of))


def _pause(slug: str, reason: str, events: PausedEvents) -> uuid.UUID:
    return holds.pause_workflow(slug, reason, skip=events is PausedEvents.SKIP)


@strawberry.type
class WorkflowLifecycle:
    pause_workflow = WORKFLOW.changes(
        "pause_workflow",
        _pause,
        PAUSE_WORKFLOWS,
        "Pause a workflow's open runs. For events that match during the pause, new runs are created and wait, or the "
        "events are skipped.",
        reason=REASON,
        events=Value(PausedEvents, "What happens to events that match during the pause.", PausedEvents.WAIT),
    )
    resume_workflow = WORKFLOW.changes(
        "resume_workflow",
        holds.resume_workflow,
        PAUSE_WORKFLOWS,
        "Resume a workflow: its paused runs continue, and runs that wait to begin are started.",
    )
    unarchive_workflow = WORKFLOW.changes(
        "unarchive_workflow",
        services.unarchive_workflow,
        PUBLISH_WORKFLOWS,
        "Unarchive a workflow. Events start it again.",
    )
    delete_workflow = WORKFLOW.deletes(
        "delete_workflow",
        services.delete_workflow,
        EDIT_WORKFLOWS,
        "Delete a workflow. This is refused if it was ever published or tested live, or if a rule starts it. Use "
        "archiveWorkflow for a workflow with runs.",
    )
