"""The query planRetry: what retryRuns would do with the same input."""

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
from graphql_schema.planning import planned
from graphql_schema.runs.outcomes import named_runs
from graphql_schema.runs.retry_input import RetryRunsInput


@strawberry.type(description="An effect that may have happened, and whose step the retry runs again.")
class PlannedEffect:
    run: strawberry.ID = strawberry.field(description="The id of the run.")
    step: str = strawberry.field(description="The key of the step.")
    connector: str = strawberry.field(description="The connector of the step.")
    effect: EffectClass = strawberry.field(description="What the connector declares about a repeat of the call.")
    state: EffectState = strawberry.field(description="The state of the effect.")
    key: str | None = strawberry.field(description="The key under which it would be sent; null for a new one.")


@strawberry.type(description="A step of a run that the retry's version does not have, so that its result is dropped.")
class DroppedStep:
    run: strawberry.ID = strawberry.field(description="The id of the run.")
    step: str = strawberry.field(description="The key of the step.")
    reason: str = strawberry.field(description="Why the output is not kept.")


@strawberry.type(description="What a retry would do now.")
class RetryPlan:
    plan_id: str = strawberry.field(description="Pass it to retryRuns, which refuses to run if the plan has changed.")
    runs: list[strawberry.ID] = strawberry.field(
        description="The runs that can be retried this way, some only with repeatEffects."
    )
    skipped_steps: list[str] = strawberry.field(description="Steps of any of the runs that keep their results.")
    repeated_steps: list[str] = strawberry.field(description="Steps of any of the runs that run again.")
    dropped_steps: list[DroppedStep] = strawberry.field(description="Steps whose outputs the retry does not keep.")
    effects_that_repeat: list[PlannedEffect] = strawberry.field(description="Calls that the retry sends again.")
    errors: list[ErrorAnswer] = strawberry.field(description="The errors of retryRuns for the other runs.")


@strawberry.type
class RetryQueries:
    @strawberry.field(
        extensions=[Requires(RETRY_RUNS)], description="What retryRuns would do with this input. Changes nothing."
    )
    def plan_retry(self, info: Info, input: RetryRunsInput) -> RetryPlan:  # noqa: A002 - Relay's word
        return planned(info, _shown(plan_retry(named_runs(input.runs), input.request(info.context.depth))))


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
