# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""The types ExecutionRun and StepRun."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry
import strawberry_django

from automate.effects.states import COMPENSATION_ITEM
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES, VIEW_RUNS, VIEW_WORKFLOWS
from automate.kernel.untyped import Annotation
from automate.retention.choices import DataClass
from automate.runs import models
from automate.runs.choices import EffectState, RunState, StepState
from automate.runs.queries import RunRow, StepRow
from automate.runs.states import RETRYING
from graphql_schema.connections import Connection, Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.effects.loaders import effects_of_runs, effects_of_steps
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.ids import global_id
from graphql_schema.paging import nested
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.runs.history_loaders import (
    attempts_of_steps,
    children_of_steps,
    compensations_of_steps,
    holds_of_runs,
    inputs_of_steps,
    items_of_steps,
    keys_of_steps,
    outputs_of_steps,
    parents_of_runs,
    progress_of_steps,
    retried_runs,
    retries_of_runs,
    timelines_of_runs,
)
from graphql_schema.runs.history_types import ItemsProgress, TimelineEntry, WaitingFor
from graphql_schema.runs.loaders import (
    events_of_runs,
    expired_data_of_runs,
    rules_of_runs,
    step_pages_of_runs,
    steps_of_runs,
    versions_of_runs,
    workflows_of_runs,
)
from graphql_schema.runs.log_sentences import item_of
from graphql_schema.runs.straight import EXECUTION_RUN, STEP_RUN
from graphql_schema.scalars import JSON
from graphql_schema.straight.columns import straight
from graphql_schema.workflows.types import Workflow, WorkflowVersion

# These types have runs as fields, so their modules import this one. The schema finds them by their names.
_EFFECT: Annotation = Annotated["Effect", strawberry.lazy("graphql_schema.effects.types")]  # noqa: F821
_RULE: Annotation = Annotated["RuleSpec", strawberry.lazy("graphql_schema.rules.types")]  # noqa: F821
_EVENT: Annotation = Annotated["Event", strawberry.lazy("graphql_schema.events.types")]  # noqa: F821


@straight(STEP_RUN)
@strawberry_django.type(models.StepRun, description="One attempt at a step of a run.")
class StepRun(Node):
    run_id: strawberry.ID
    key: strawberry.auto
    item: int | None
    compensates: bool = strawberry.field(description="Whether this is the compensation of the step.")
    attempt: strawberry.auto
    state: StepState
    started_at: strawberry.auto
    finished_at: strawberry.auto
    error: ErrorAnswer | None
    next_attempt_at: datetime | None = strawberry.field(
        description="The time of the next attempt while the step is RETRYING. Null otherwise."
    )
    reason: str | None = strawberry.field(
        description="The code of the error because of which the step is RETRYING. Null otherwise."
    )
    row: strawberry.Private[StepRow]
    trace_id: strawberry.Private[str]

    @planned(inputs_of_steps, VIEW_EVENTS)
    @strawberry.field(
        description="The input of the call after templates were rendered. It is redacted and shows secrets by name. "
        "Null if nothing was sent."
    )
    def input(self, info: Info) -> JSON | None:
        return prefetched(self, info)

    @planned(outputs_of_steps, VIEW_EVENTS)
    @strawberry_django.field()
    def output(self, info: Info) -> JSON | None:
        return prefetched(self, info)

    @planned(keys_of_steps, VIEW_RUNS)
    @strawberry.field(
        description="The idempotency key with which all attempts send the call. Null if nothing was sent."
    )
    def idempotency_key(self, info: Info) -> str | None:
        return prefetched(self, info)

    @planned(progress_of_steps, VIEW_RUNS)
    @strawberry.field(description="The progress of a flow.for_each that has begun. Null for any other step.")
    def progress(self, info: Info) -> ItemsProgress | None:
        return prefetched(self, info)

    @planned(compensations_of_steps, VIEW_RUNS)
    @strawberry.field(description="The current attempt of the step's compensation. Null if no compensation has begun.")
    def compensation(self, info: Info) -> StepRun | None:
        return prefetched(self, info)

    @planned(items_of_steps, VIEW_RUNS)
    @strawberry.field(
        description="The current attempt at each item of a flow.for_each, in the order of its list. Items that have "
        "not begun are left out. Other steps have no items."
    )
    def items(
        self,
        info: Info,
        first: int = 50,
        from_: Annotated[
            int,
            strawberry.argument(name="from", description="The position of the first item to return, counted from 0."),
        ] = 0,
        states: list[StepState] | None = None,
    ) -> list[StepRun]:
        return prefetched(self, info)

    @planned(effects_of_steps, VIEW_RUNS)
    @strawberry.field(
        description="The effect of the step's call, with all its attempts. Null if nothing was sent.",
        graphql_type=_EFFECT | None,
    )
    def effect(self, info: Info) -> object:
        return prefetched(self, info)

    @planned(children_of_steps, VIEW_RUNS)
    @strawberry.field(
        description="The run that this attempt started with flow.run_workflow, or the newest retry of that run. Null for "
        "any other step."
    )
    def child_run(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @planned(attempts_of_steps, VIEW_RUNS)
    @nested("All attempts at the same step, compensation or item, oldest first. This attempt is included.")
    def attempts(self, info: Info) -> Connection[StepRun]:
        return prefetched(self, info)


@straight(EXECUTION_RUN)
@strawberry_django.type(models.ExecutionRun, description="One execution of a workflow version for one event.")
class ExecutionRun(Node):
    state: RunState
    state_reason: str | None
    trace_id: strawberry.auto
    created_at: strawberry.auto
    started_at: strawberry.auto
    finished_at: strawberry.auto
    error: ErrorAnswer | None
    fingerprint: str | None
    step_count: strawberry.auto
    test: strawberry.auto
    row: strawberry.Private[RunRow]

    @planned(versions_of_runs, VIEW_WORKFLOWS)
    @strawberry.field(description="The version of the workflow that the run executes.")
    def workflow_version(self, info: Info) -> WorkflowVersion:
        return prefetched(self, info)

    @planned(workflows_of_runs, VIEW_WORKFLOWS)
    @strawberry.field(description="The workflow of the version.")
    def workflow(self, info: Info) -> Workflow:
        return prefetched(self, info)

    @planned(rules_of_runs, VIEW_RULES)
    @strawberry.field(
        description="The rule that started the run. Null if no rule started it, or if the rule was deleted.",
        graphql_type=_RULE | None,
    )
    def rule(self, info: Info) -> object:
        return prefetched(self, info)

    @planned(expired_data_of_runs, VIEW_RUNS)
    @strawberry.field(
        description="The kinds of this run's data whose retention has ended: OUTPUTS, RUN_LOG. The data is removed "
        "already, or will be soon."
    )
    def expired(self, info: Info) -> list[DataClass]:
        return prefetched(self, info)

    @planned(events_of_runs, VIEW_EVENTS)
    @strawberry.field(
        description="The event of the run. It is stored as long as the run.",
        graphql_type=_EVENT | None,
    )
    def event(self, info: Info) -> object:
        return prefetched(self, info)

    @planned(steps_of_runs, VIEW_RUNS)
    @strawberry.field(
        description="The current attempt at each top-level step, in the order of execution: at most 100 steps. Use "
        "`stepConnection` to page through all of them."
    )
    def steps(self, info: Info, first: int = 50) -> list[StepRun]:
        return prefetched(self, info)

    @planned(step_pages_of_runs, VIEW_RUNS)
    @nested(
        "The current attempt at each top-level step that has begun, in the order of execution. "
        "`totalCount` counts these steps. `stepCount` also counts the steps that have not begun."
    )
    def step_connection(self, info: Info) -> Connection[StepRun]:
        return prefetched(self, info)

    @planned(holds_of_runs, VIEW_RUNS)
    @strawberry.field(description="The first reason why the run waits. Null while it works, and after its end.")
    def waiting_for(self, info: Info) -> WaitingFor | None:
        return prefetched(self, info)

    @planned(timelines_of_runs, VIEW_RUNS)
    @nested("The transitions of the run and its steps, oldest first. Empty if `expired` contains RUN_LOG.")
    def timeline(self, info: Info) -> Connection[TimelineEntry]:
        return prefetched(self, info)

    @planned(effects_of_runs, VIEW_RUNS)
    @strawberry.field(
        description="The calls of the run, in the order of their last attempts. Calls that need a person's decision "
        "come first. A call that a later retry tried again is listed in that retry.",
        graphql_type=list[_EFFECT],
    )
    def effects(
        self,
        info: Info,
        first: int = 50,
        states: list[EffectState] | None = None,
    ) -> object:
        return prefetched(self, info)

    @planned(parents_of_runs, VIEW_RUNS)
    @strawberry.field(description="The run whose step started this run with flow.run_workflow. Null for any other run.")
    def parent(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @planned(retried_runs, VIEW_RUNS)
    @strawberry.field(description="The run that this run replaces. Null for a run that is no retry.")
    def retry_of(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @planned(retries_of_runs, VIEW_RUNS)
    @nested("The runs that replace this run, newest first.")
    def retries(self, info: Info) -> Connection[ExecutionRun]:
        return prefetched(self, info)


_step_run = copier(
    StepRun,
    StepRow,
    "id",
    "run_id",
    "item",
    "compensates",
    "state",
    "error",
    "next_attempt_at",
    "reason",
    "row",
    "trace_id",
)


@makes(StepRun)
def step_of(row: StepRow, trace_id: str) -> StepRun:
    """Convert the row of a step to a StepRun."""
    return _step_run(
        row,
        id=strawberry.ID(global_id("StepRun", row.id)),
        run_id=strawberry.ID(global_id("ExecutionRun", row.run_id)),
        item=item_of(row.item),
        compensates=row.item == COMPENSATION_ITEM,
        state=StepState(row.state),
        error=stored_answer(row.error, trace_id) if row.error is not None else None,
        next_attempt_at=row.due_at if row.state == RETRYING else None,
        reason=row.error["code"] if row.error is not None and row.state == RETRYING else None,
        row=row,
        trace_id=trace_id,
    )


_execution_run = copier(ExecutionRun, RunRow, "id", "state", "state_reason", "error", "fingerprint", "row")


@makes(ExecutionRun)
def run_of(row: RunRow) -> ExecutionRun:
    return _execution_run(
        row,
        id=strawberry.ID(global_id("ExecutionRun", row.id)),
        state=RunState(row.state),
        state_reason=row.state_reason or None,
        error=stored_answer(row.error, row.trace_id) if row.error is not None else None,
        fingerprint=row.fingerprint.hex if row.fingerprint is not None else None,
        row=row,
    )
