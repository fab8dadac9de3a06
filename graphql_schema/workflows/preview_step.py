"""previewStep: what a step would send, with nothing sent."""

from __future__ import annotations

import strawberry

from automate.kernel import faults
from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import VIEW_EVENTS, VIEW_SECRETS, VIEW_WORKFLOWS
from automate.runs.choices import EffectClass
from automate.runs.previewing import PreviewRequest, preview_step
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, answer_of, answers_of
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.scalars import JSON


@strawberry.input(description="A step of a workflow's draft, or uses and with; and what its templates see.")
class PreviewStepInput:
    workflow: str | None = strawberry.field(default=None, description="The workflow's slug.")
    step: str | None = strawberry.field(default=None, description="The step's key.")
    uses: str | None = strawberry.field(default=None, description="A connector's name, where no workflow is named.")
    with_: JSON | None = strawberry.field(name="with", default=None, description="What it is given, with templates.")
    event: strawberry.ID | None = strawberry.field(default=None, description="The event, as far as you may see it.")
    steps: JSON | None = strawberry.field(
        default=None, description='What earlier steps gave, by key: {"charge": {"output": {"id": 1}}}.'
    )
    item: JSON | None = strawberry.field(
        default=None, description="{value, index}, to see what a flow.for_each calls for an item."
    )

    def request(self) -> PreviewRequest:
        """Raises NormalizedError."""
        event_id = None if self.event is None else row_id_of(self.event, "Event")
        if self.event is not None and event_id is None:
            raise NormalizedError("NOT_FOUND", "There is no event of this id.", path=["event"])
        return PreviewRequest(
            workflow=self.workflow,
            step=self.step,
            uses=self.uses,
            with_=self.with_,
            event_id=event_id,
            steps=self.steps,
            item=self.item,
        )


@strawberry.type(description="What a step would send. No secret was read, and nothing was sent.")
class StepPreview:
    uses: str | None = strawberry.field(
        default=None, description="The connector of the step. Null where the step is unknown."
    )
    effect: EffectClass | None = strawberry.field(
        default=None,
        description="What the connector declares about a repeat of the call. Null where the step is unknown.",
    )
    hosts: list[str] = strawberry.field(default_factory=list, description="The hosts that it would call.")
    request: JSON | None = strawberry.field(
        default=None, description="As the connector shows it: SecretRefs as text, and what looks like a secret hidden."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PreviewQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_EVENTS), Requires(VIEW_WORKFLOWS)],
        description="The dry run of a step: what its connector would send for an event. Without view_secrets, whether a secret is there and "
        "may go there is told only of those that a draft names.",
    )
    def preview_step(self, info: Info, input: PreviewStepInput) -> StepPreview:  # noqa: A002 - Relay's word
        try:
            sees_secrets = VIEW_SECRETS in info.context.principal.permissions
            made = preview_step(input.request(), sees_secrets=sees_secrets)
        except NormalizedError as error:
            if faults.is_ours(error):
                raise
            return StepPreview(errors=answers_of(error))
        return StepPreview(
            uses=made.spec.name,
            effect=EffectClass(made.spec.effect),
            hosts=made.hosts,
            request=JSON(made.request),
            errors=[answer_of(refusal) for refusal in made.refusals],
        )
