"""The mutation saveWebhookEndpoint. No query returns the secrets."""

from __future__ import annotations

import uuid

import strawberry

from automate.endpoints.queries import endpoints_by_id
from automate.endpoints.services import save_endpoint
from automate.endpoints.settings import EndpointSettings
from automate.kernel.permissions import MANAGE_ENDPOINTS
from graphql_schema.connections import found_by
from graphql_schema.endpoints.types import WebhookEndpoint, endpoint_of
from graphql_schema.mutating import Family, seen_revision
from graphql_schema.shaped import ShapeInput, input_of


@input_of(EndpointSettings)
class SaveWebhookEndpointInput(ShapeInput):
    expected_revision: int | None = seen_revision("endpoint")


ENDPOINT = Family("webhook_endpoint", WebhookEndpoint, found_by(endpoints_by_id, endpoint_of), what="endpoint")


def _save(given: SaveWebhookEndpointInput) -> uuid.UUID:
    return save_endpoint(**given.stored(), expected_revision=given.expected_revision)


@strawberry.type
class SaveWebhookEndpoint:
    save_webhook_endpoint = ENDPOINT.saves(
        "save_webhook_endpoint",
        SaveWebhookEndpointInput,
        _save,
        MANAGE_ENDPOINTS,
        "Create or change an endpoint to which webhook.send sends.",
    )
