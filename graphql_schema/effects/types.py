"""Effect: one thing done to the outside world, and the proof of how often it was sent."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.kernel.errors import Json
from automate.runs import states
from automate.runs.choices import EffectClass, EffectState
from automate.runs.ledger import models
from automate.runs.ledger.effects import EffectRow
from automate.runs.ledger.proof import proof
from automate.runs.ledger.tries import Try, moment
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier
from graphql_schema.enums import described
from graphql_schema.ids import global_id
from graphql_schema.planning import planned_by, taken
from graphql_schema.runs.types import ExecutionRun
from graphql_schema.scalars import JSON


@described
class EffectResolution(TextChoices):
    """HAPPENED: its step succeeds. DID_NOT_HAPPEN: its step fails. REPEAT: it is sent again under the same key."""

    HAPPENED = states.HAPPENED, "The call had its effect. Its step succeeds."
    DID_NOT_HAPPEN = states.DID_NOT_HAPPEN, "The call had no effect. Its step fails."
    REPEAT = states.REPEAT, "The call is sent again under the same key."


@strawberry.type(description="What a person said of an effect of which nobody knew whether it had happened.")
class ResolvedEffect:
    how: EffectResolution = strawberry.field(description="What the operator decided.")
    reason: str = strawberry.field(description="The operator's reason.")
    by: str = strawberry.field(description="The name of the operator.")
    at: datetime = strawberry.field(description="The time of the decision.")


@strawberry.type(description="A try before the last, and what became of it.")
class EffectTry:
    number: int = strawberry.field(description="The number of the try, from 1.")
    state: EffectState = strawberry.field(description="The outcome of the try.")
    code: str | None = strawberry.field(description="Of the error that it ended with.")
    intended_at: datetime = strawberry.field(description="The time at which the try was recorded, before it left.")
    settled_at: datetime | None = strawberry.field(
        description="The time at which the outcome was recorded. Null before that."
    )
    run: strawberry.ID = strawberry.field(description="The run that tried.")
    resolution: ResolvedEffect | None = strawberry.field(
        description="The operator's decision about the try. Null without one."
    )


@planned_by("graphql_schema.effects.loaders")
@strawberry_django.type(
    models.Effect,
    description="The ledger's row of one thing done to the outside world: what was sent where, and how often.",
)
class Effect(Node):
    key: strawberry.auto
    step: str = strawberry.field(description="The step's key.")
    item: int | None = strawberry.field(description="The place within a flow.for_each; null outside one.")
    compensates: bool = strawberry.field(description="Whether it undoes what its step did.")
    connector: strawberry.auto
    effect: EffectClass
    target: str | None = strawberry.field(
        description="The host that it is sent to, or the $secret: that says it. Of a webhook the host of its endpoint, once it leaves."
    )
    state: EffectState
    tries: strawberry.auto
    most_sent: int = strawberry.field(
        description="How many of its tries may have reached who acts on them, those that were answered with a fault among "
        "them. At most 1 proves that it was not sent twice; of more, `proof` says whether its receiver knows a repeat."
    )
    proof: str = strawberry.field(description="The same as a sentence, with what it rests on.")
    earlier_tries: list[EffectTry] = strawberry.field(description="Oldest first.")
    code: str | None = strawberry.field(description="Of the error that the last try ended with.")
    external_id: str | None = strawberry.field(description="What the other side calls what it made.")
    response_sha256: str | None = strawberry.field(
        description="Over what came back, as it was kept; null where nothing was, or could be."
    )
    lookups: strawberry.auto
    resolution: ResolvedEffect | None
    intended_at: strawberry.auto
    settled_at: strawberry.auto
    row: strawberry.Private[EffectRow]

    @strawberry.field(description="The run that tried last. Null when retention has removed it.")
    def run(self, info: Info) -> ExecutionRun | None:
        return taken(self, info)

    @strawberry.field(description="What was sent, as it was rendered: redacted, secrets by their names.")
    def request(self, info: Info) -> JSON | None:
        return taken(self, info)


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


def _resolution_of(said: Json) -> ResolvedEffect | None:
    if said is None:
        return None
    return ResolvedEffect(
        how=EffectResolution(said["how"]), reason=said["reason"], by=said["by"], at=moment(said["at"])
    )
