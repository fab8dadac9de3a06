"""Loads data of many runs at once: the reasons why the runs wait, and the history of the runs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

from automate.effects.states import NO_ITEM
from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import Encoded
from automate.kernel.json_values import JsonValue, as_object
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RUNS
from automate.kernel.redaction import redact
from automate.kernel.tenancy import current_tenant
from automate.recovery.queries import origins_of
from automate.runs import history_queries, queries
from automate.runs.sensitive_queries import hiders_of
from automate.runs.waiting import waiting_for
from automate.runs.waiting_queries import holds_of
from automate.runs.work import idempotency_key
from graphql_schema.connections import Connection, connections_under, list_limit, objects_of
from graphql_schema.json_text import text_of
from graphql_schema.planning import Selected, prefetch
from graphql_schema.runs.history_types import (
    ItemsProgress,
    TimelineEntry,
    WaitingFor,
    timeline_entry_of,
    waiting_for_of,
)
from graphql_schema.runs.types import ExecutionRun, StepRun, run_of, step_of

Key = TypeVar("Key", str, uuid.UUID)
Shown = list[Encoded | NormalizedError | None]


@prefetch(ExecutionRun, "waitingFor", VIEW_RUNS)
def holds_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[WaitingFor | None]:
    open_runs = [run.row.id for run in runs if run.row.finished_at is None]
    holds = holds_of(open_runs) if open_runs else {}
    throttles = queries.throttles_of(open_runs) if open_runs else {}
    found = [waiting_for(holds[run], throttles.get(run)) if run in holds else None for run in (r.row.id for r in runs)]
    return [waiting_for_of(hold) if hold is not None else None for hold in found]


@prefetch(ExecutionRun, "timeline", VIEW_RUNS)
def timelines_of_runs(runs: Sequence[ExecutionRun], field: Selected) -> list[Connection[TimelineEntry]]:
    parents = [run.row.id for run in runs]
    load, count = history_queries.timelines_of, history_queries.count_timelines
    return connections_under(field, "ExecutionRun.timeline", parents, load, timeline_entry_of, count)


@prefetch(ExecutionRun, "retryOf", VIEW_RUNS)
def retried_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[ExecutionRun | None]:
    return objects_of([run.row.retry_of_id for run in runs], queries.runs_by_id, run_of)


@prefetch(ExecutionRun, "retries", VIEW_RUNS)
def retries_of_runs(runs: Sequence[ExecutionRun], field: Selected) -> list[Connection[ExecutionRun]]:
    parents = [run.row.id for run in runs]
    load, count = history_queries.retries_of, history_queries.count_retries
    return connections_under(field, "ExecutionRun.retries", parents, load, run_of, count)


@prefetch(ExecutionRun, "parent", VIEW_RUNS)
def parents_of_runs(runs: Sequence[ExecutionRun], _field: Selected) -> list[ExecutionRun | None]:
    found = history_queries.parents_of([run.row.id for run in runs])
    return objects_of([found.get(run.row.id) for run in runs], queries.runs_by_id, run_of)


@prefetch(StepRun, "childRun", VIEW_RUNS)
def children_of_steps(steps: Sequence[StepRun], _field: Selected) -> list[ExecutionRun | None]:
    found = history_queries.children_of([step.row.id for step in steps])
    return objects_of([found.get(step.row.id) for step in steps], queries.runs_by_id, run_of)


@prefetch(StepRun, "attempts", VIEW_RUNS)
def attempts_of_steps(steps: Sequence[StepRun], field: Selected) -> list[Connection[StepRun]]:
    parents = [step.row.id for step in steps]
    load, count = history_queries.attempts_of, history_queries.count_attempts
    traces = {step.row.run_id: step.trace_id for step in steps}
    return connections_under(
        field, "StepRun.attempts", parents, load, lambda row: step_of(row, traces[row.run_id]), count
    )


@prefetch(StepRun, "compensation", VIEW_RUNS)
def compensations_of_steps(steps: Sequence[StepRun], _field: Selected) -> list[StepRun | None]:
    found = history_queries.compensations_of([_named(step) for step in steps if step.row.item == NO_ITEM])
    rows = [found.get(_named(step)) if step.row.item == NO_ITEM else None for step in steps]
    return [step_of(row, step.trace_id) if row is not None else None for step, row in zip(steps, rows, strict=True)]


@prefetch(StepRun, "items", VIEW_RUNS)
def items_of_steps(steps: Sequence[StepRun], field: Selected) -> list[list[StepRun]]:
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
    return [[step_of(row, step.trace_id) for row in some] for step, some in zip(steps, rows, strict=True)]


def _named(step: StepRun) -> history_queries.Step:
    return step.row.run_id, step.row.key


@prefetch(StepRun, "progress", VIEW_RUNS)
def progress_of_steps(steps: Sequence[StepRun], _field: Selected) -> list[ItemsProgress | None]:
    found = queries.items_progress([step.row.id for step in steps])
    rows = [found.get(step.row.id) for step in steps]
    return [ItemsProgress(total=row.total, done=row.done, failed=row.failed) if row else None for row in rows]


def effect_keys_of(steps: Sequence[StepRun]) -> list[str]:
    """Return the idempotency keys of steps."""
    origins = origins_of(sorted({step.row.run_id for step in steps}))
    tenant_id = current_tenant().id
    return [idempotency_key(tenant_id, origins[step.row.run_id], step.row.key, step.row.item) for step in steps]


@prefetch(StepRun, "idempotencyKey", VIEW_RUNS)
def keys_of_steps(steps: Sequence[StepRun], _field: Selected) -> list[str | None]:
    keys = effect_keys_of(steps)
    sent = history_queries.request_bytes(keys)
    return [key if key in sent else None for key in keys]


@prefetch(StepRun, "input", VIEW_EVENTS)
def inputs_of_steps(steps: Sequence[StepRun], field: Selected) -> Shown:
    keys = effect_keys_of(steps)
    sizes = history_queries.request_bytes(keys)

    def read(wanted: list[str]) -> dict[str, Encoded]:
        return redacted(history_queries.requests_of(wanted), lambda request: as_object(request)["input"])

    return field.plan.payload_bytes.show(keys, [sizes.get(key, 0) for key in keys], read)


@prefetch(StepRun, "output", VIEW_EVENTS)
def outputs_of_steps(steps: Sequence[StepRun], field: Selected) -> Shown:
    ids = [step.row.id for step in steps]
    sizes = history_queries.output_bytes(ids)

    def read(wanted: list[uuid.UUID]) -> dict[uuid.UUID, Encoded]:
        return redacted(history_queries.outputs_of(wanted), lambda output: output)

    return field.plan.payload_bytes.show(ids, [sizes.get(step_id, 0) for step_id in ids], read)


def redacted(texts: list[history_queries.Copied[Key]], part: Callable[[JsonValue], JsonValue]) -> dict[Key, Encoded]:
    """Return the redacted JSON text of each key. The function ``part`` selects the part of a stored value to show."""
    hiders = hiders_of([one.run_id for one in texts if one.guarded]) if any(one.guarded for one in texts) else {}
    shown: dict[Key, Encoded] = {}
    while texts:
        one = texts.pop()
        value, hider = part(json.loads(one.text)), hiders.get(one.run_id)
        shown[one.key] = text_of(redact(value if hider is None else hider.scrub(value)))
    return shown
