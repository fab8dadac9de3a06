"""previewStep: the request that a step would send. Nothing is sent."""

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


@strawberry.input(
    description="The step to preview: a step of a workflow's draft, or `uses` and `with`; and the values for its templates."
)
class PreviewStepInput:
    workflow: str | None = strawberry.field(default=None, description="The workflow's slug.")
    step: str | None = strawberry.field(default=None, description="The step's key.")
    uses: str | None = strawberry.field(default=None, description="A connector's name, where no workflow is named.")
    with_: JSON | None = strawberry.field(
        name="with", default=None, description="The input of the connector, with templates."
    )
    event: strawberry.ID | None = strawberry.field(
        default=None, description="The event for the templates, which read its redacted form."
    )
    steps: JSON | None = strawberry.field(
        default=None, description='The results of earlier steps, by key: {"charge": {"output": {"id": 1}}}.'
    )
    item: JSON | None = strawberry.field(
        default=None, description="{value, index}, to preview the call of a flow.for_each for one item."
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


@strawberry.type(description="The request that a step would send. No secret was read, and nothing was sent.")
class StepPreview:
    uses: str | None = strawberry.field(
        default=None, description="The connector of the step. Null where the step is unknown."
    )
    effect: EffectClass | None = strawberry.field(
        default=None,
        description="What the connector declares about a repeat of the call. Null where the step is unknown.",
    )
    hosts: list[str] = strawberry.field(default_factory=list, description="The hosts that the step would call.")
    request: JSON | None = strawberry.field(
        default=None,
        description="The request as the connector shows it: SecretRefs as text, and values that look like secrets hidden.",
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PreviewQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_EVENTS), Requires(VIEW_WORKFLOWS)],
        description="The dry run of a step: the request that its connector would send for an event. Without view_secrets, the answer "
        "covers only secrets that a draft names: whether each exists and may be sent to the host.",
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
