"""The query planRetry: it shows what retryRuns would do with the same input."""

from __future__ import annotations

import uuid

import strawberry

from automate.kernel.permissions import RETRY_RUNS
from automate.recovery.plans import Plans, RepeatedEffect
from automate.recovery.retrying import plan_retry
from automate.runs.choices import EffectClass, EffectState
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.ids import global_id
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.runs.outcomes import named_runs
from graphql_schema.runs.retry_input import RetryRunsInput


@strawberry.type(description="A call that may have had its effect already, and that the retry sends again.")
class PlannedEffect:
    run: strawberry.ID = strawberry.field(description="The id of the run.")
    step: str = strawberry.field(description="The key of the step.")
    connector: str = strawberry.field(description="The connector of the step.")
    effect: EffectClass = strawberry.field(description="The connector's declaration about repeated calls.")
    state: EffectState = strawberry.field(description="The state of the effect.")
    key: str | None = strawberry.field(
        description="The idempotency key with which the call would be sent. Null if it would get a new key."
    )


@strawberry.type(
    description="A finished step whose result is dropped, because the version of the retry does not have this step."
)
class DroppedStep:
    run: strawberry.ID = strawberry.field(description="The id of the run.")
    step: str = strawberry.field(description="The key of the step.")
    reason: str = strawberry.field(description="Why the output of the step is not kept.")


@strawberry.type(description="What a retry would do now.")
class RetryPlan:
    plan_id: str = strawberry.field(
        description="The id of the plan. Pass it to retryRuns, which then refuses the retry if the plan has changed."
    )
    runs: list[strawberry.ID] = strawberry.field(
        description="The runs that can be retried this way. Some of them need repeatEffects."
    )
    skipped_steps: list[str] = strawberry.field(
        description="The keys of steps that keep their results, in any of the runs."
    )
    repeated_steps: list[str] = strawberry.field(description="The keys of steps that run again, in any of the runs.")
    dropped_steps: list[DroppedStep] = strawberry.field(description="The steps whose outputs the retry drops.")
    effects_that_repeat: list[PlannedEffect] = strawberry.field(description="The calls that the retry sends again.")
    errors: list[ErrorAnswer] = strawberry.field(
        description="The errors that retryRuns would return for the other runs."
    )


@strawberry.type
class RetryQueries:
    @strawberry.field(
        extensions=[Requires(RETRY_RUNS)],
        description="Show what retryRuns would do with this input. Nothing is changed.",
    )
    def plan_retry(self, info: Info, input: RetryRunsInput) -> RetryPlan:
        return load_selection(info, _shown(plan_retry(named_runs(input.runs), input.request(info.context.depth))))


def _shown(plans: Plans) -> RetryPlan:
    return RetryPlan(
        plan_id=plans.id,
        runs=[_run_id(plan.source.id) for plan in plans.runs],
        skipped_steps=list(dict.fromkeys(key for plan in plans.runs for key in plan.kept.skipped)),
        repeated_steps=list(dict.fromkeys(key for plan in plans.runs for key in plan.kept.repeated)),
        dropped_steps=[
            DroppedStep(
                run=_run_id(plan.source.id),
                step=key,
                reason=f"Version {plan.version.number} of {plan.version.workflow_slug} has no such step.",
            )
            for plan in plans.runs
            for key in plan.kept.gone
        ],
        effects_that_repeat=[_effect(effect) for plan in plans.runs for effect in plan.effects],
        errors=[answer_of(error) for error in plans.errors],
    )


def _effect(effect: RepeatedEffect) -> PlannedEffect:
    return PlannedEffect(
        run=_run_id(effect.run_id),
        step=effect.step,
        connector=effect.connector,
        effect=EffectClass(effect.effect),
        state=EffectState(effect.state),
        key=effect.key,
    )


def _run_id(run_id: uuid.UUID) -> strawberry.ID:
    return strawberry.ID(global_id("ExecutionRun", run_id))
