"""The mutation deleteWebhookEndpoint."""

from __future__ import annotations

import strawberry

from automate.endpoints.queries import endpoints_by_id
from automate.endpoints.services import delete_endpoint
from automate.kernel.permissions import MANAGE_ENDPOINTS
from graphql_schema.context import Info
from graphql_schema.endpoints.types import WebhookEndpoint, endpoint_of
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import global_row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned


@strawberry.input
class DeleteWebhookEndpointInput:
    webhook_endpoint: str = strawberry.field(
        description="The endpoint's slug or id. Prefer the id in requests that may be repeated, because another "
        "endpoint can get a free slug."
    )
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The deletion is refused if the endpoint has changed since. "
        "Null skips this check.",
    )


@strawberry.type
class DeleteWebhookEndpointPayload:
    webhook_endpoint: WebhookEndpoint | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class DeleteWebhookEndpoint:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_ENDPOINTS)],
        description="Delete an endpoint and its secrets. Steps that name it fail. Its deliveries stay listed, and "
        "its slug becomes free. Deleting a deleted endpoint again has no effect.",
    )
    @refusals_in(DeleteWebhookEndpointPayload)
    def delete_webhook_endpoint(
        self,
        info: Info,
        input: DeleteWebhookEndpointInput,  # noqa: A002 - Relay's word
    ) -> DeleteWebhookEndpointPayload:
        row_id = delete_endpoint(
            input.webhook_endpoint,
            global_row_id_of(input.webhook_endpoint, "WebhookEndpoint"),
            expected_revision=input.expected_revision,
        )
        deleted = endpoint_of(endpoints_by_id([row_id])[row_id])
        return planned(info, DeleteWebhookEndpointPayload(webhook_endpoint=deleted))
