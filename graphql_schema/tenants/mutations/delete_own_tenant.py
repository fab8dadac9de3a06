"""The mutations deleteTenant and cancelTenantDeletion, for owners."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.kernel.permissions import DELETE_TENANT
from graphql_schema.mutating import Payload, mutation
from tenants.deletion import cancel_own_deletion, delete_own_tenant


@strawberry.input
class DeleteTenantInput:
    tenant: str = strawberry.field(description="The slug of the caller's tenant, to confirm the deletion.")
    reason: str = strawberry.field(description="The reason. It is written to the receipt of the deletion.")


@strawberry.type(name="DeleteTenantPayload")
class DeleteOwnTenantPayload(Payload):
    deletes_at: datetime | None = strawberry.field(
        default=None, description="The time after which the data is removed permanently."
    )


@strawberry.type(name="CancelTenantDeletionPayload")
class CancelOwnDeletionPayload(Payload):
    cancelled: bool | None = strawberry.field(
        default=None, description="Whether the deletion was cancelled, so that the tenant stays."
    )


@strawberry.type
class DeleteOwnTenant:
    @mutation(
        DELETE_TENANT,
        "Delete the tenant. Its work stops and its callers are refused at once. After seven days, unless the platform "
        "has another setting, all of its data is removed permanently. Until then owners can only export the data and cancel the "
        "deletion.",
    )
    def delete_tenant(self, input: DeleteTenantInput) -> DeleteOwnTenantPayload:
        found = delete_own_tenant(input.tenant, input.reason)
        return DeleteOwnTenantPayload(deletes_at=found.due_at)

    @mutation(DELETE_TENANT, "Cancel the deletion of the tenant. Its work continues where it stopped.")
    def cancel_tenant_deletion(self) -> CancelOwnDeletionPayload:
        cancel_own_deletion()
        return CancelOwnDeletionPayload(cancelled=True)
