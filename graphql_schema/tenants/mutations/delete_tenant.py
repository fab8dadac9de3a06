"""The mutations deleteTenant and cancelTenantDeletion of the platform's schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_TENANTS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.tenants.types import Tenant, tenant_of
from tenants.deletion import cancel_deletion, delete_tenant
from tenants.queries import tenants_by_id


@strawberry.input
class DeleteTenantInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    reason: str = strawberry.field(description="The reason. It is written to the receipt of the deletion.")


@strawberry.input
class CancelTenantDeletionInput:
    tenant: str = strawberry.field(description="The tenant's slug.")


@strawberry.type
class DeleteTenantPayload:
    tenant: Tenant | None = strawberry.field(default=None, description="The tenant, which is now suspended.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why the request was refused.")


@strawberry.type
class CancelTenantDeletionPayload:
    tenant: Tenant | None = strawberry.field(default=None, description="The tenant, which will not be deleted.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why the request was refused.")


@strawberry.type
class DeleteTenant:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_TENANTS)],
        description="Delete a tenant. Its work stops and its callers are refused at once. At the time `deletesAt`, "
        "its data, its schema and its database role are removed permanently. A receipt stays in the "
        "platform's audit record.",
    )
    @refusals_in(DeleteTenantPayload)
    def delete_tenant(self, info: Info, input: DeleteTenantInput) -> DeleteTenantPayload:  # noqa: A002 - Relay's word
        row_id = delete_tenant(input.tenant, input.reason)
        return planned(info, DeleteTenantPayload(tenant=tenant_of(tenants_by_id([row_id])[row_id])))

    @strawberry.mutation(extensions=[Requires(MANAGE_TENANTS)], description="Cancel the deletion of a tenant.")
    @refusals_in(CancelTenantDeletionPayload)
    def cancel_tenant_deletion(
        self,
        info: Info,
        input: CancelTenantDeletionInput,  # noqa: A002 - Relay's word
    ) -> CancelTenantDeletionPayload:
        row_id = cancel_deletion(input.tenant)
        return planned(info, CancelTenantDeletionPayload(tenant=tenant_of(tenants_by_id([row_id])[row_id])))
