"""Loads data of many runs at once: the reasons why the runs wait, and the history of the runs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Protocol

from automate.effects.states import NO_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.json_values import as_object
from automate.kernel.tenancy import current_tenant
from automate.recovery.queries import origins_of
from automate.runs import history_queries, queries
from automate.runs.queries import RunRow, StepRow
from automate.runs.waiting import waiting_for
from automate.runs.waiting_queries import holds_of
from automate.runs.work import idempotency_key
from graphql_schema.connections import Connection, connections_under, list_limit, objects_of
from graphql_schema.planning import Of, Selected
from graphql_schema.runs.history_types import (
    ItemsProgress,
    TimelineEntry,
    WaitingFor,
    timeline_entry_of,
    waiting_for_of,
)
from graphql_schema.runs.redacting import redacted

Texts = list[Encoded | NormalizedError | None]


class _Step(Of[StepRow], Protocol):
    trace_id: str


def holds_of_runs(runs: Sequence[Of[RunRow]], _field: Selected) -> list[WaitingFor | None]:
    open_runs = [run.row.id for run in runs if run.row.finished_at is None]
    holds = holds_of(open_runs) if open_runs else {}
    throttles = queries.throttles_of(open_runs) if open_runs else {}
    found = [waiting_for(holds[run], throttles.get(run)) if run in holds else None for run in (r.row.id for r in runs)]
    return [waiting_for_of(hold) if hold is not None else None for hold in found]


def timelines_of_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[Connection[TimelineEntry]]:
    parents = [run.row.id for run in runs]
    load, count = history_queries.timelines_of, history_queries.count_timelines
    return connections_under(field, "ExecutionRun.timeline", parents, load, timeline_entry_of, count)


def retried_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[object]:
    return objects_of([run.row.retry_of_id for run in runs], queries.runs_by_id, field.make)


def retries_of_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[Connection[object]]:
    parents = [run.row.id for run in runs]
    load, count = history_queries.retries_of, history_queries.count_retries
    return connections_under(field, "ExecutionRun.retries", parents, load, field.make, count)


def parents_of_runs(runs: Sequence[Of[RunRow]], field: Selected) -> list[object]:
    found = history_queries.parents_of([run.row.id for run in runs])
    return objects_of([found.get(run.row.id) for run in runs], queries.runs_by_id, field.make)


def children_of_steps(steps: Sequence[Of[StepRow]], field: Selected) -> list[object]:
    found = history_queries.children_of([step.row.id for step in steps])
    return objects_of([found.get(step.row.id) for step in steps], queries.runs_by_id, field.make)


def attempts_of_steps(steps: Sequence[_Step], field: Selected) -> list[Connection[object]]:
    parents = [step.row.id for step in steps]
    load, count = history_queries.attempts_of, history_queries.count_attempts
    traces = {step.row.run_id: step.trace_id for step in steps}
    return connections_under(
        field, "StepRun.attempts", parents, load, lambda row: field.make(row, traces[row.run_id]), count
    )


def compensations_of_steps(steps: Sequence[_Step], field: Selected) -> list[object]:
    found = history_queries.compensations_of([_named(step) for step in steps if step.row.item == NO_ITEM])
    rows = [found.get(_named(step)) if step.row.item == NO_ITEM else None for step in steps]
    return [field.make(row, step.trace_id) if row is not None else None for step, row in zip(steps, rows, strict=True)]


def items_of_steps(steps: Sequence[_Step], field: Selected) -> list[list[object]]:
    """Return the items of each step. Raises BAD_USER_INPUT if ``from`` is negative."""
    start, wanted = field.arguments["from"], field.arguments.get("states")
    if start < 0:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"`from` is {start}, but must be 0 or more, because it is the position of the first item.",
            path=["from"],
        )
    in_states = None if wanted is None else [state.value for state in wanted]
    parents = [_named(step) for step in steps if step.row.item == NO_ITEM]
    found = history_queries.items_of(parents, start, in_states, list_limit(field.arguments))
    rows = [found[_named(step)] if step.row.item == NO_ITEM else [] for step in steps]
    return [[field.make(row, step.trace_id) for row in some] for step, some in zip(steps, rows, strict=True)]


def _named(step: Of[StepRow]) -> history_queries.Step:
    return step.row.run_id, step.row.key


def progress_of_steps(steps: Sequence[Of[StepRow]], _field: Selected) -> list[ItemsProgress | None]:
    found = queries.items_progress([step.row.id for step in steps])
    rows = [found.get(step.row.id) for step in steps]
    return [ItemsProgress(total=row.total, done=row.done, failed=row.failed) if row else None for row in rows]


def effect_keys_of(steps: Sequence[Of[StepRow]]) -> list[str]:
    """Return the idempotency keys of steps."""
    origins = origins_of(sorted({step.row.run_id for step in steps}))
    tenant_id = current_tenant().id
    return [idempotency_key(tenant_id, origins[step.row.run_id], step.row.key, step.row.item) for step in steps]


def keys_of_steps(steps: Sequence[Of[StepRow]], _field: Selected) -> list[str | None]:
    keys = effect_keys_of(steps)
    sent = history_queries.request_bytes(keys)
    return [key if key in sent else None for key in keys]


def inputs_of_steps(steps: Sequence[Of[StepRow]], field: Selected) -> Texts:
    keys = effect_keys_of(steps)
    sizes = history_queries.request_bytes(keys)

    def read(wanted: list[str]) -> dict[str, Encoded]:
        return redacted(history_queries.requests_of(wanted), lambda request: as_object(request)["input"])

    return field.plan.payload_bytes.show(keys, [sizes.get(key, 0) for key in keys], read)


def outputs_of_steps(steps: Sequence[Of[StepRow]], field: Selected) -> Texts:
    ids = [step.row.id for step in steps]
    sizes = history_queries.output_bytes(ids)

    def read(wanted: list[uuid.UUID]) -> dict[uuid.UUID, Encoded]:
        return redacted(history_queries.outputs_of(wanted), lambda output: output)

    return field.plan.payload_bytes.show(ids, [sizes.get(step_id, 0) for step_id in ids], read)
