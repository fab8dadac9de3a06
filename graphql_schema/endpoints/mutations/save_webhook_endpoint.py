"""The mutation saveWebhookEndpoint. No query returns the secrets."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import WebhookEndpointEntry
from automate.endpoints.queries import endpoints_by_id
from automate.endpoints.services import save_endpoint
from automate.kernel.permissions import MANAGE_ENDPOINTS
from graphql_schema.connections import found_by
from graphql_schema.endpoints.types import WebhookEndpoint, endpoint_of
from graphql_schema.mutating import Family, seen_revision
from graphql_schema.shaped import mirrors


@mirrors(WebhookEndpointEntry)
@strawberry.input
class SaveWebhookEndpointInput:
    slug: str
    url: str = strawberry.field(description="The URL to which messages are sent.")
    secrets: list[str] | None = strawberry.field(
        default=None,
        description="The signing secrets, each written as whsec_ and base64. Give one, or two during a rotation, "
        "newest first. Each message is signed with every secret. Null keeps the stored secrets.",
    )
    enabled: bool | None = strawberry.field(
        default=None,
        description="Whether messages are sent. True also enables an endpoint that was disabled because its "
        "receiver answered 410 Gone. A changed URL enables such an endpoint too. Null keeps the stored "
        "value. A new endpoint is enabled.",
    )
    expected_revision: int | None = seen_revision("endpoint")


ENDPOINT = Family("webhook_endpoint", WebhookEndpoint, found_by(endpoints_by_id, endpoint_of), what="endpoint")


def _save(given: SaveWebhookEndpointInput) -> uuid.UUID:
    return save_endpoint(
        slug=given.slug,
        url=given.url,
        secrets=given.secrets,
        enabled=given.enabled,
        expected_revision=given.expected_revision,
    )


@strawberry.type
class SaveWebhookEndpoint:
    save_webhook_endpoint = ENDPOINT.saves(
        "save_webhook_endpoint",
        SaveWebhookEndpointInput,
        _save,
        MANAGE_ENDPOINTS,
        "Create or change an endpoint to which webhook.send sends.",
    )
