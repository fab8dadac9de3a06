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
    paused: bool | None = strawberry.field(default=None, description="Whether people of the tenant have paused it.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PauseOwnTenant:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_TENANT)],
        description="Pause the tenant's work. Events are still accepted, but no run begins. Callers are not "
        "refused, unlike when the platform suspends the tenant.",
    )
    @refusals_in(PauseOwnTenantPayload)
    def pause_tenant(self, input: PauseTenantInput) -> PauseOwnTenantPayload:  # noqa: A002 - Relay's word
        pause_tenant(input.reason)
        return PauseOwnTenantPayload(paused=True)
