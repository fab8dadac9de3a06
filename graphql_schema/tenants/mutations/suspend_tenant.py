"""The mutation suspendTenant."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.tenants.types import Tenant, tenant_of
from tenants.queries import tenants_by_id
from tenants.services import suspend_tenant


@strawberry.input
class SuspendTenantInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    reason: str = strawberry.field(description="The reason. It is audited, and the tenant can read it.")


@strawberry.type
class SuspendTenantPayload:
    tenant: Tenant | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class SuspendTenant:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)],
        description="Suspend a tenant. Its work waits until resumeTenant, and its callers are refused.",
    )
    @refusals_in(SuspendTenantPayload)
    def suspend_tenant(self, info: Info, input: SuspendTenantInput) -> SuspendTenantPayload:  # noqa: A002 - Relay's word
        row_id = suspend_tenant(slug=input.tenant, reason=input.reason)
        return planned(info, SuspendTenantPayload(tenant=tenant_of(tenants_by_id([row_id])[row_id])))
