"""Declares SQL for each field of workflows and versions. ``graphql_schema.straight`` reads the fields with this SQL."""

from __future__ import annotations

from automate.workflows import shown_queries
from graphql_schema.straight.columns import Column, Computed, One, as_it_is, id_of
from graphql_schema.workflows.paused_events import PausedEvents

_PAUSED = f"CASE WHEN {{0}}.skipping_at IS NOT NULL THEN '{PausedEvents.SKIP.name}' ELSE '{PausedEvents.WAIT.name}' END"

WORKFLOW: Computed = {
    "id": id_of("Workflow"),
    "paused_events": Column(f"CASE WHEN {{0}}.paused_at IS NOT NULL THEN {_PAUSED} END", as_it_is),
    "current_version": One("WorkflowVersion", shown_queries.JOIN_CURRENT),
}
WORKFLOW_VERSION: Computed = {
    "id": id_of("WorkflowVersion"),
    "workflow": One("Workflow", shown_queries.JOIN_WORKFLOW),
}
