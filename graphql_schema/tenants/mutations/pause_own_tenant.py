"""The mutation pauseTenant in the GraphQL schema for tenants. A tenant pauses its own work."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_TENANT
from automate.recovery.holds import pause_tenant
from graphql_schema.mutating import Payload, mutation


@strawberry.input
class PauseTenantInput:
    reason: str = strawberry.field(description="The reason, for the audit record.")


@strawberry.type(name="PauseTenantPayload")
class PauseOwnTenantPayload(Payload):
    paused: bool | None = strawberry.field(default=None, description="Whether people of the tenant have paused it.")


@strawberry.type
class PauseOwnTenant:
    @mutation(
        PAUSE_TENANT,
        "Pause the tenant's work. Events are still accepted, but no run begins. Callers are not "
        "refused, unlike when the platform suspends the tenant.",
    )
    def pause_tenant(self, input: PauseTenantInput) -> PauseOwnTenantPayload:
        pause_tenant(input.reason)
        return PauseOwnTenantPayload(paused=True)
