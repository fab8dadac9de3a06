"""The mutation saveWebhookEndpoint. No query returns the secrets."""

from __future__ import annotations

import strawberry

from automate.endpoints.queries import endpoints_by_id
from automate.endpoints.services import save_endpoint
from automate.endpoints.settings import EndpointSettings
from automate.kernel.permissions import MANAGE_ENDPOINTS
from graphql_schema.endpoints.types import WebhookEndpoint, endpoint_of
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.shaped import ShapeInput, input_of


@input_of(EndpointSettings)
class SaveWebhookEndpointInput(ShapeInput):
    expected_revision: int | None = seen_revision("endpoint")


@strawberry.type
class SaveWebhookEndpointPayload(Payload):
    webhook_endpoint: WebhookEndpoint | None = None


@strawberry.type
class SaveWebhookEndpoint:
    @mutation(MANAGE_ENDPOINTS, "Create or change an endpoint to which webhook.send sends.")
    def save_webhook_endpoint(self, input: SaveWebhookEndpointInput) -> SaveWebhookEndpointPayload:
        row_id = save_endpoint(**input.stored(), expected_revision=input.expected_revision)
        saved = endpoint_of(endpoints_by_id([row_id])[row_id])
        return SaveWebhookEndpointPayload(webhook_endpoint=saved)
