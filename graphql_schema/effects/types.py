"""The type Effect: one call to another system."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.effects import models
from automate.effects import states as effect_states
from automate.effects.proof import proof
from automate.effects.rows import EffectRow
from automate.effects.tries import Try
from automate.kernel.json_values import JsonValue, as_object, as_text
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RUNS
from automate.kernel.timestamps import parse_timestamp
from automate.runs.choices import EffectClass, EffectState
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.effects.loaders import requests_of_effects, runs_of_effects
from graphql_schema.enums import described
from graphql_schema.ids import global_id
from graphql_schema.planning import makes, planned, prefetched
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.scalars import JSON


@described
class EffectResolution(TextChoices):
    """An operator's decision about an uncertain effect."""

    HAPPENED = effect_states.HAPPENED, "The call had its effect. Its step succeeds."
    DID_NOT_HAPPEN = effect_states.DID_NOT_HAPPEN, "The call had no effect. Its step fails."
    REPEAT = effect_states.REPEAT, "The call is sent again under the same key."


@strawberry.type(description="An operator's decision about an uncertain effect.")
class ResolvedEffect:
    how: EffectResolution = strawberry.field(description="The operator's decision.")
    reason: str = strawberry.field(description="The operator's reason.")
    by: str = strawberry.field(description="The name of the operator.")
    at: datetime = strawberry.field(description="The time of the decision.")


@strawberry.type(description="An attempt before the last one, with its outcome.")
class EffectTry:
    number: int = strawberry.field(description="The number of the attempt, from 1.")
    state: EffectState = strawberry.field(description="The outcome of the attempt.")
    code: str | None = strawberry.field(description="The error code of the attempt. Null without an error.")
    intended_at: datetime = strawberry.field(
        description="The time at which the attempt was recorded, before it was sent."
    )
    settled_at: datetime | None = strawberry.field(
        description="The time at which the outcome was recorded. Null before that."
    )
    run: strawberry.ID = strawberry.field(description="The run of the attempt.")
    resolution: ResolvedEffect | None = strawberry.field(
        description="The operator's decision about the attempt. Null without one."
    )


@strawberry_django.type(
    models.Effect,
    description="One call to another system, as recorded in the ledger: where it was sent, and how often.",
)
class Effect(Node):
    key: strawberry.auto
    step: str = strawberry.field(description="The step's key.")
    item: int | None
    compensates: bool = strawberry.field(description="Whether this is the call of the step's compensation.")
    connector: strawberry.auto
    effect: EffectClass
    target: str | None
    state: EffectState
    tries: strawberry.auto
    most_sent: int = strawberry.field(
        description="The number of attempts that the receiver may have processed, including attempts that it "
        "answered with an error. A value of 0 or 1 proves that the call was not sent twice. For a "
        "higher value, `proof` says whether the receiver recognises a repeat."
    )
    proof: str = strawberry.field(description="`mostSent` as a sentence, with its reasons.")
    earlier_tries: list[EffectTry] = strawberry.field(description="The attempts before the last one, oldest first.")
    code: str | None
    external_id: str | None
    response_sha256: str | None
    lookups: strawberry.auto
    resolution: ResolvedEffect | None
    intended_at: strawberry.auto
    settled_at: strawberry.auto
    row: strawberry.Private[EffectRow]

    @planned(runs_of_effects, VIEW_RUNS)
    @strawberry.field(description="The run of the last attempt. Null if retention has removed it.")
    def run(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)

    @planned(requests_of_effects, VIEW_EVENTS)
    @strawberry_django.field()
    def request(self, info: Info) -> JSON | None:
        return prefetched(self, info)


_effect = copier(
    Effect,
    EffectRow,
    "id",
    "step",
    "item",
    "effect",
    "target",
    "state",
    "proof",
    "earlier_tries",
    "code",
    "external_id",
    "response_sha256",
    "resolution",
    "row",
)


@makes(Effect)
def effect_of(row: EffectRow) -> Effect:
    return _effect(
        row,
        id=strawberry.ID(global_id("Effect", row.id)),
        step=row.step_key,
        item=row.item if row.item >= 0 else None,
        effect=EffectClass(row.effect),
        target=row.target or None,
        state=EffectState(row.state),
        proof=proof(row),
        earlier_tries=[_try_of(one) for one in row.former],
        code=row.code or None,
        external_id=row.external_id or None,
        response_sha256=row.response_sha256 or None,
        resolution=_resolution_of(row.resolution),
        row=row,
    )


def _try_of(one: Try) -> EffectTry:
    return EffectTry(
        number=one.number,
        state=EffectState(one.state),
        code=one.code or None,
        intended_at=one.intended_at,
        settled_at=one.settled_at,
        run=strawberry.ID(global_id("ExecutionRun", one.run_id)),
        resolution=_resolution_of(one.resolution),
    )


def _resolution_of(said: JsonValue) -> ResolvedEffect | None:
    if said is None:
        return None
    stored = as_object(said)
    return ResolvedEffect(
        how=EffectResolution(as_text(stored["how"])),
        reason=as_text(stored["reason"]),
        by=as_text(stored["by"]),
        at=parse_timestamp(as_text(stored["at"])),
    )
