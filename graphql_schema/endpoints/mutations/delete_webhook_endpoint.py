"""The mutation deleteWebhookEndpoint."""

from __future__ import annotations

import strawberry

from automate.endpoints.queries import endpoints_by_id
from automate.endpoints.services import delete_endpoint
from automate.kernel.permissions import MANAGE_ENDPOINTS
from graphql_schema.endpoints.types import WebhookEndpoint, endpoint_of
from graphql_schema.ids import global_row_id_of
from graphql_schema.mutating import Payload, mutation, seen_revision


@strawberry.input
class DeleteWebhookEndpointInput:
    webhook_endpoint: str = strawberry.field(
        description="The endpoint's slug or id. Prefer the id in requests that may be repeated, because another "
        "endpoint can get a free slug."
    )
    expected_revision: int | None = seen_revision("endpoint", "deletion")


@strawberry.type
class DeleteWebhookEndpointPayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = None


@strawberry.type
class DeleteWebhookEndpoint:
    @mutation(
        MANAGE_ENDPOINTS,
        "Delete an endpoint and its secrets. Steps that name it fail. Its deliveries stay listed, and "
        "its slug becomes free. Deleting a deleted endpoint again has no effect.",
    )
    def delete_webhook_endpoint(self, input: DeleteWebhookEndpointInput) -> DeleteWebhookEndpointPayload:
        row_id = delete_endpoint(
            input.webhook_endpoint,
            global_row_id_of(input.webhook_endpoint, "WebhookEndpoint"),
            expected_revision=input.expected_revision,
        )
        deleted = endpoint_of(endpoints_by_id([row_id])[row_id])
        return DeleteWebhookEndpointPayload(webhook_endpoint=deleted)
