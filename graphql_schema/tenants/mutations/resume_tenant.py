"""The mutation resumeTenant of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.tenants.types import Tenant, tenant_of
from tenants.queries import tenants_by_id
from tenants.services import resume_tenant


@strawberry.input
class ResumeTenantInput:
    tenant: str = strawberry.field(description="The tenant's slug.")


@strawberry.type
class ResumeTenantPayload:
    tenant: Tenant | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResumeTenant:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)],
        description="End a tenant's suspension. Its work continues where it stopped.",
    )
    @refusals_in(ResumeTenantPayload)
    def resume_tenant(self, info: Info, input: ResumeTenantInput) -> ResumeTenantPayload:  # noqa: A002 - Relay's word
        row_id = resume_tenant(slug=input.tenant)
        return planned(info, ResumeTenantPayload(tenant=tenant_of(tenants_by_id([row_id])[row_id])))
