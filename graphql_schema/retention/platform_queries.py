"""The platform's query about a tenant's retention."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_TENANTS
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.retention.types import RetentionPolicy, policies_shown
from tenants.retention_holds import retention_of


@strawberry.type
class TenantRetentionQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_TENANTS)], description="The time for which each class of a tenant's data is stored."
    )
    def retention(self, info: Info, tenant: str) -> list[RetentionPolicy]:
        return load_selection(info, policies_shown(retention_of(tenant)))
