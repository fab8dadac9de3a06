"""The mutation resolveEffect: records an operator's decision about an uncertain effect."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import RESOLVE_EFFECTS
from automate.recovery.effects import Saying, resolve_effect
from automate.runs.queries import runs_by_id
from graphql_schema.effects.types import Effect, EffectResolution, effect_of
from graphql_schema.ids import existing_id
from graphql_schema.json_text import json_of
from graphql_schema.mutating import Payload, mutation
from graphql_schema.runs.types import ExecutionRun, run_of
from graphql_schema.scalars import JSON


@strawberry.input
class ResolveEffectInput:
    effect: strawberry.ID
    resolution: EffectResolution = strawberry.field(description="The operator's decision.")
    reason: str = strawberry.field(
        description="How the caller knows the outcome, for the run's log and the audit record."
    )
    output: JSON | None = strawberry.field(
        default=None,
        description="For HAPPENED: the output that the connector would have returned for the step. Null: no output.",
    )
    external_id: str | None = strawberry.field(
        default=None,
        description="For HAPPENED: the id that the other system gave to the object which the call created.",
    )


@strawberry.type
class ResolveEffectPayload(Payload):
    effect: Effect | None = None
    run: ExecutionRun | None = None


@strawberry.type
class ResolveEffect:
    @mutation(
        RESOLVE_EFFECTS,
        "Decide whether an UNCERTAIN effect happened. Only the first decision counts. The run continues "
        "after the decision.",
    )
    def resolve_effect(self, input: ResolveEffectInput) -> ResolveEffectPayload:
        effect_id = existing_id(input.effect, "Effect", "effect", "effects", "effect")
        saying = Saying(input.resolution.value, input.reason, json_of(input.output), input.external_id or "")
        row = resolve_effect(effect_id, saying)
        run = runs_by_id([row.run_id]).get(row.run_id)
        return ResolveEffectPayload(effect=effect_of(row), run=None if run is None else run_of(run))
