"""Load related data of many runs at once."""

from __future__ import annotations

from collections.abc import Sequence

from automate.events.queries import events_by_id
from automate.kernel.cursors import CursorSpace
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES, VIEW_RUNS, VIEW_WORKFLOWS
from automate.retention.choices import DataClass
from automate.retention.expiry_queries import expired_of_runs
from automate.rules.queries import rules_by_id
from automate.runs import queries
from automate.runs.queries import StepRow
from automate.workflows.queries import versions_by_id, workflows_by_id
from graphql_schema.connections import Connection, Keys, connections_under, list_limit, objects_of
from graphql_schema.events.types import Event, event_of
from graphql_schema.planning import Selected, prefetch
from graphql_schema.rules.types import RuleSpec, rule_of
from graphql_schema.runs.types import ExecutionRun, StepRun, step_of
from graphql_schema.workflows.types import Workflow, WorkflowVersion, version_of, workflow_of


@prefetch(ExecutionRun, "workflowVersion", VIEW_WORKFLOWS)
def versions_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[WorkflowVersion]:
    missing = {run.row.workflow_version_id for run in runs if run.row.version is None}
    found = versions_by_id(sorted(missing)) if missing else {}
    return [version_of(run.row.version or found[run.row.workflow_version_id], run.row.workflow) for run in runs]


@prefetch(ExecutionRun, "workflow", VIEW_WORKFLOWS)
def workflows_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[Workflow]:
    missing = {run.row.workflow_id for run in runs if run.row.workflow is None}
    found = workflows_by_id(sorted(missing)) if missing else {}
    return [workflow_of(run.row.workflow or found[run.row.workflow_id]) for run in runs]


@prefetch(ExecutionRun, "rule", VIEW_RULES)
def rules_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[RuleSpec | None]:
    return objects_of([run.row.rule_id for run in runs], rules_by_id, rule_of)


@prefetch(ExecutionRun, "expired", VIEW_RUNS)
def expired_data_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[list[DataClass]]:
    found = expired_of_runs({run.row.id: run.row.finished_at for run in runs})
    return [[DataClass(name) for name in found[run.row.id]] for run in runs]


@prefetch(ExecutionRun, "event", VIEW_EVENTS)
def events_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[Event | None]:
    missing = {run.row.event_id for run in runs if run.row.event is None}
    found = events_by_id(sorted(missing)) if missing else {}
    rows = [run.row.event or found.get(run.row.event_id) for run in runs]
    return [event_of(row) if row is not None else None for row in rows]


@prefetch(ExecutionRun, "steps", VIEW_RUNS)
def steps_of_runs(runs: Sequence[ExecutionRun], field: Selected) -> list[list[StepRun]]:
    found = queries.steps_of([run.row.id for run in runs], list_limit(field.arguments, pages="stepConnection"))
    return [[step_of(row, run.trace_id) for row in found[run.row.id]] for run in runs]


@prefetch(ExecutionRun, "stepConnection", VIEW_RUNS)
def step_pages_of_runs(runs: Sequence[ExecutionRun], field: Selected) -> list[Connection[StepRun]]:
    parents, traces = [run.row.id for run in runs], {run.row.id: run.trace_id for run in runs}
    load, count = queries.step_pages_of, queries.count_steps
    return connections_under(
        field,
        "ExecutionRun.stepConnection",
        parents,
        load,
        lambda row: step_of(row, traces[row.run_id]),
        count,
        _step_keys,
    )


def _step_keys(space: CursorSpace) -> Keys[StepRow]:
    return Keys(space.open_place, lambda row: space.seal_place(*(row.begun or (row.started_at, row.id))))
