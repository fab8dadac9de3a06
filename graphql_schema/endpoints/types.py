"""The types WebhookEndpoint and WebhookDelivery."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.endpoints import models
from automate.endpoints.queries import DeliveryRow
from automate.kernel.permissions import VIEW_RUNS
from graphql_schema.connections import Node
from graphql_schema.context import Info
from graphql_schema.copying import copier, lazily
from graphql_schema.endpoints.loaders import runs_of_sent
from graphql_schema.enums import described
from graphql_schema.errors import ErrorAnswer, stored_answer
from graphql_schema.ids import global_id
from graphql_schema.planning import planned, prefetched
from graphql_schema.runs.types import ExecutionRun


@described
class WebhookDeliveryState(TextChoices):
    """The state of a message to a webhook endpoint."""

    SENDING = "sending", "An attempt is in flight, or about to start."
    RETRYING = "retrying", "An attempt failed, and another one follows."
    DELIVERED = "delivered", "The receiver accepted the message."
    FAILED = "failed", "The last attempt failed."
    UNKNOWN = "unknown", "The last attempt was sent and got no answer."


@strawberry_django.type(
    models.WebhookEndpoint,
    description="An endpoint: a URL to which webhook.send sends. The URL belongs to you or to a customer.",
)
class WebhookEndpoint(Node):
    slug: strawberry.auto
    url: strawberry.auto
    enabled: bool = strawberry_django.field(
        only=["disabled_at", "deleted_at"], description="Whether messages are sent."
    )
    disabled_at: strawberry.auto
    disabled_reason: str | None
    secret_count: int = strawberry.field(
        description="The number of secrets that sign each message. There are two during a rotation."
    )
    revision: strawberry.auto
    created_at: strawberry.auto
    updated_at: strawberry.auto
    deleted_at: strawberry.auto
    row: strawberry.Private[models.WebhookEndpoint]


@strawberry_django.type(models.WebhookDelivery, description="One message to one endpoint.")
class WebhookDelivery(Node):
    endpoint: str = strawberry.field(description="The endpoint's slug.")
    type: str = strawberry.field(description="The type of the message.")
    webhook_id: str = strawberry.field(
        description="The id by which receivers recognise a repeated message. All attempts have the same id, and so "
        "does a resent message."
    )
    state: WebhookDeliveryState = strawberry.field(description="Whether the message was delivered.")
    attempts: int = strawberry.field(description="The attempts that the last run made to send the message.")
    next_attempt_at: datetime | None = strawberry.field(description="The time of the next attempt. Null without one.")
    last_error: ErrorAnswer | None = strawberry.field(
        description="The error of the last attempt, if it failed. `details.status` is the receiver's HTTP status."
    )
    created_at: datetime = strawberry.field(description="The time just before the first attempt.")
    settled_at: datetime | None = strawberry.field(description="The time at which the last attempt ended.")
    row: strawberry.Private[DeliveryRow]

    @planned(runs_of_sent, VIEW_RUNS)
    @strawberry.field(description="The run that contains the step which sends the message.")
    def run(self, info: Info) -> ExecutionRun | None:
        return prefetched(self, info)


def _enabled(row: models.WebhookEndpoint) -> bool:
    return row.disabled_at is None and row.deleted_at is None


def _disabled_reason(row: models.WebhookEndpoint) -> str | None:
    return row.disabled_reason or None


endpoint_of = lazily(WebhookEndpoint, models.WebhookEndpoint, enabled=_enabled, disabled_reason=_disabled_reason)
_webhook_delivery = copier(WebhookDelivery, DeliveryRow, "id", "state", "attempts", "last_error", "row")


def delivery_of(row: DeliveryRow) -> WebhookDelivery:
    return _webhook_delivery(
        row,
        id=strawberry.ID(global_id("WebhookDelivery", row.id)),
        state=WebhookDeliveryState(row.state),
        attempts=row.attempt,
        last_error=stored_answer(row.error, row.trace_id) if row.error else None,
        row=row,
    )
