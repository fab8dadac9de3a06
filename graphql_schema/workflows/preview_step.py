"""The query previewStep: the request of a step. Nothing is sent."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_EVENTS, VIEW_SECRETS, VIEW_WORKFLOWS
from automate.runs.choices import EffectClass
from automate.runs.previewing import PreviewRequest, preview_step
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, answer_of
from graphql_schema.ids import existing_id
from graphql_schema.json_text import json_of
from graphql_schema.permissions import Requires
from graphql_schema.scalars import JSON


@strawberry.input(
    description="The step to preview, and the values for its templates. Name a step of a workflow's draft, or "
    "give `uses` and `with`."
)
class PreviewStepInput:
    workflow: str | None = strawberry.field(default=None, description="The workflow's slug.")
    step: str | None = strawberry.field(default=None, description="The step's key.")
    uses: str | None = strawberry.field(
        default=None, description="The name of a connector. Give it if no workflow is named."
    )
    with_: JSON | None = strawberry.field(
        name="with", default=None, description="The input of the connector, with templates."
    )
    event: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id of the event for the templates. Templates read the redacted form of the event.",
    )
    steps: JSON | None = strawberry.field(
        default=None, description='The results of earlier steps by their keys: {"charge": {"output": {"id": 1}}}.'
    )
    item: JSON | None = strawberry.field(
        default=None, description="For a flow.for_each: the item to preview, as {value, index}."
    )

    def request(self) -> PreviewRequest:
        """Read the step and its event from the input. Raises NOT_FOUND for an unknown event."""
        event_id = None if self.event is None else existing_id(self.event, "Event", "event", "events", "event")
        return PreviewRequest(
            workflow=self.workflow,
            step=self.step,
            uses=self.uses,
            with_=json_of(self.with_),
            event_id=event_id,
            steps=json_of(self.steps),
            item=json_of(self.item),
        )


@strawberry.type(description="The request that a step would send. To make it, no secret was read and nothing was sent.")
class StepPreview:
    uses: str | None = strawberry.field(description="The connector of the step.")
    effect: EffectClass | None = strawberry.field(description="The connector's declaration about repeated calls.")
    hosts: list[str] = strawberry.field(description="The hosts that the step would call.")
    request: JSON | None = strawberry.field(
        description="The request as the connector shows it. Secrets appear as references, and values that look like "
        "secrets are hidden.",
    )
    errors: list[ErrorAnswer] = strawberry.field(
        description="Why the step would not send the request; for example, a secret does not exist. Empty if it would."
    )


@strawberry.type
class PreviewQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_EVENTS), Requires(VIEW_WORKFLOWS)],
        description="Show the request that a step's connector would send for an event (a dry run). Without "
        "view_secrets, the answer covers only secrets that a draft names: whether each exists, and "
        "whether it may be sent to the host.",
    )
    def preview_step(self, info: Info, input: PreviewStepInput) -> StepPreview:
        sees_secrets = VIEW_SECRETS in info.context.principal.permissions
        made = preview_step(input.request(), sees_secrets=sees_secrets)
        return StepPreview(
            uses=made.spec.name,
            effect=EffectClass(made.spec.effect),
            hosts=made.hosts,
            request=JSON(made.request),
            errors=[answer_of(refusal) for refusal in made.refusals],
        )
