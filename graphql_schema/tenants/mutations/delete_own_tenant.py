"""The mutations deleteTenant and cancelTenantDeletion, for owners."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.kernel.permissions import DELETE_TENANT
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from tenants.deletion import cancel_own_deletion, delete_own_tenant


@strawberry.input
class DeleteTenantInput:
    tenant: str = strawberry.field(description="The slug of the caller's tenant, to confirm the deletion.")
    reason: str = strawberry.field(description="The reason. It is written to the receipt of the deletion.")


@strawberry.type(name="DeleteTenantPayload")
class DeleteOwnTenantPayload:
    deletes_at: datetime | None = strawberry.field(
        default=None, description="The time after which the data is removed permanently."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why the request was refused.")


@strawberry.type(name="CancelTenantDeletionPayload")
class CancelOwnDeletionPayload:
    cancelled: bool | None = strawberry.field(
        default=None, description="Whether the deletion was cancelled, so that the tenant stays."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list, description="Why the request was refused.")


@strawberry.type
class DeleteOwnTenant:
    @strawberry.mutation(
        extensions=[Requires(DELETE_TENANT)],
        description="Delete the tenant. Its work stops and its callers are refused at once. After seven days, unless the platform "
        "has another setting, all of its data is removed permanently. Until then owners can only export the data and cancel the "
        "deletion.",
    )
    @refusals_in(DeleteOwnTenantPayload)
    def delete_tenant(self, info: Info, input: DeleteTenantInput) -> DeleteOwnTenantPayload:  # noqa: A002 - Relay's word
        found = delete_own_tenant(input.tenant, input.reason)
        return planned(info, DeleteOwnTenantPayload(deletes_at=found.due_at))

    @strawberry.mutation(
        extensions=[Requires(DELETE_TENANT)],
        description="Cancel the deletion of the tenant. Its work continues where it stopped.",
    )
    @refusals_in(CancelOwnDeletionPayload)
    def cancel_tenant_deletion(self, info: Info) -> CancelOwnDeletionPayload:
        cancel_own_deletion()
        return planned(info, CancelOwnDeletionPayload(cancelled=True))
