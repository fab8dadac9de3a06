"""Load related data of many runs at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from automate.events.queries import events_by_id
from automate.kernel.cursors import CursorSpace
from automate.retention.choices import DataClass
from automate.retention.expiry_queries import expired_of_runs
from automate.rules.queries import rules_by_id
from automate.runs import queries
from automate.runs.queries import RunRow, StepRow
from automate.workflows.queries import versions_by_id, workflows_by_id
from graphql_schema.connections import Connection, Keys, connections_under, list_limit, objects_of
from graphql_schema.planning import Of, Selected


class _Traced(Of[RunRow], Protocol):
    trace_id: str


def versions_of_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[object]:
    missing = {run.row.workflow_version_id for run in runs if run.row.version is None}
    found = versions_by_id(sorted(missing)) if missing else {}
    return [field.make(run.row.version or found[run.row.workflow_version_id], run.row.workflow) for run in runs]


def workflows_of_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[object]:
    missing = {run.row.workflow_id for run in runs if run.row.workflow is None}
    found = workflows_by_id(sorted(missing)) if missing else {}
    return [field.make(run.row.workflow or found[run.row.workflow_id]) for run in runs]


def rules_of_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[object]:
    return objects_of([run.row.rule_id for run in runs], rules_by_id, field.make)


def expired_data_of_runs(runs: Sequence[Of[RunRow]], _field: Selected) -> list[list[DataClass]]:
    found = expired_of_runs({run.row.id: run.row.finished_at for run in runs})
    return [[DataClass(name) for name in found[run.row.id]] for run in runs]


def events_of_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[object]:
    missing = {run.row.event_id for run in runs if run.row.event is None}
    found = events_by_id(sorted(missing)) if missing else {}
    rows = [run.row.event or found.get(run.row.event_id) for run in runs]
    return [field.make(row) if row is not None else None for row in rows]


def steps_of_runs(runs: Sequence[_Traced], field: Selected) -> list[list[object]]:
    found = queries.steps_of([run.row.id for run in runs], list_limit(field.arguments, pages="stepConnection"))
    return [[field.make(row, run.trace_id) for row in found[run.row.id]] for run in runs]


def step_pages_of_runs(runs: Sequence[_Traced], field: Selected) -> list[Connection[object]]:
    parents, traces = [run.row.id for run in runs], {run.row.id: run.trace_id for run in runs}
    load, count = queries.step_pages_of, queries.count_steps
    return connections_under(
        field,
        "ExecutionRun.stepConnection",
        parents,
        load,
        lambda row: field.make(row, traces[row.run_id]),
        count,
        _step_keys,
    )


def _step_keys(space: CursorSpace) -> Keys[StepRow]:
    return Keys(space.open_place, lambda row: space.seal_place(*(row.begun or (row.started_at, row.id))))
