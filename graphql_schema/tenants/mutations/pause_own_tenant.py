"""The mutation pauseTenant of a tenant's own schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_TENANT
from automate.recovery.holds import pause_tenant
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires


@strawberry.input
class PauseTenantInput:
    reason: str = strawberry.field(description="The reason, for the audit record.")


@strawberry.type(name="PauseTenantPayload")
class PauseOwnTenantPayload:
    paused: bool | None = strawberry.field(default=None, description="Whether the tenant's own people have paused it.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PauseOwnTenant:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_TENANT)],
        description="Pause the tenant's own work: events are accepted, but no run begins. Unlike a suspension by the platform, a pause refuses no caller.",
    )
    @refusals_in(PauseOwnTenantPayload)
    def pause_tenant(self, input: PauseTenantInput) -> PauseOwnTenantPayload:  # noqa: A002 - Relay's word
        pause_tenant(input.reason)
        return PauseOwnTenantPayload(paused=True)
