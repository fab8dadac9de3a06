"""Queries about endpoints and deliveries."""

from __future__ import annotations

import strawberry

from automate.endpoints import queries
from automate.endpoints.queries import DeliveriesFilter
from automate.kernel.permissions import VIEW_ENDPOINTS, VIEW_RUNS
from automate.runs.named_queries import check_slugs
from graphql_schema.connections import Connection, binding_of, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.endpoints.types import (
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEndpoint,
    delivery_of,
    endpoint_of,
)
from graphql_schema.filtering import WebhookEndpointFilter, selection
from graphql_schema.ids import global_row_id_of
from graphql_schema.listed import listed, queried
from graphql_schema.ordering import WebhookEndpointOrder
from graphql_schema.planning import load_selection, selected


@strawberry.input
class WebhookDeliveryFilter:
    endpoint: str | None = strawberry.field(
        default=None,
        description="The endpoint's slug or id. A slug selects the endpoint that has the slug now. If none has it, "
        "it selects the last endpoint that had it.",
    )
    states: list[WebhookDeliveryState] | None = None

    def rows(self) -> DeliveriesFilter:
        endpoint_id = global_row_id_of(self.endpoint, "WebhookEndpoint") if self.endpoint is not None else None
        return DeliveriesFilter(
            endpoint=self.endpoint if endpoint_id is None else None,
            endpoint_id=endpoint_id,
            states=tuple(state.value for state in self.states) if self.states is not None else None,
        )


@strawberry.type
class EndpointQueries:
    @listed(VIEW_ENDPOINTS, "The webhook endpoints, newest first.")
    def webhook_endpoints(
        self, info: Info, filter: WebhookEndpointFilter | None = None, order: WebhookEndpointOrder | None = None
    ) -> Connection[WebhookEndpoint]:
        return queried(info, "webhookEndpoints", order, selection(filter, queries.ENDPOINTS), endpoint_of)

    @listed(VIEW_RUNS, "The messages that webhook.send has sent or is sending, newest first.")
    def webhook_deliveries(
        self, info: Info, filter: WebhookDeliveryFilter | None = None
    ) -> Connection[WebhookDelivery]:
        wanted = filter.rows() if filter is not None else DeliveriesFilter()
        field, space = selected(info), space_of("webhookDeliveries", binding_of(wanted))
        page = queries.deliveries_page(wanted, slice_of(space, field.arguments))
        if not page.rows:
            check_slugs(wanted)
        return load_selection(
            info, connection_of(field, space, page, delivery_of, lambda: queries.count_deliveries(wanted))
        )
