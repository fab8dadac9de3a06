"""What lies below runs, loaded for many at once. What the page's statement has joined is not read again."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events.queries import events_by_id
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RUNS, VIEW_WORKFLOWS
from automate.runs import queries
from automate.workflows.queries import versions_by_id
from graphql_schema.connections import list_limit
from graphql_schema.events.types import Event, event_of
from graphql_schema.planning import Selected, child
from graphql_schema.runs.types import ExecutionRun, StepRun, step_of
from graphql_schema.workflows.types import WorkflowVersion, version_of


@child("ExecutionRun", "workflowVersion", VIEW_WORKFLOWS)
def versions_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[WorkflowVersion]:
    missing = {run.row.workflow_version_id for run in runs if run.row.version is None}
    found = versions_by_id(sorted(missing)) if missing else {}
    return [version_of(run.row.version or found[run.row.workflow_version_id], run.row.workflow) for run in runs]


@child("ExecutionRun", "event", VIEW_EVENTS)
def events_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[Event | None]:
    missing = {run.row.event_id for run in runs if run.row.event is None}
    found = events_by_id(sorted(missing)) if missing else {}
    rows = [run.row.event or found.get(run.row.event_id) for run in runs]
    return [event_of(row) if row is not None else None for row in rows]


@child("ExecutionRun", "steps", VIEW_RUNS)
def steps_of_runs(runs: Sequence[ExecutionRun], field: Selected) -> list[list[StepRun]]:
    found = queries.steps_of([run.row.id for run in runs], list_limit(field.arguments))
    return [[step_of(row, run.trace_id) for row in found[run.row.id]] for run in runs]
