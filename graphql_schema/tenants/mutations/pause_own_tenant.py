"""pauseTenant of a tenant's own schema: its own people let its work wait."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_TENANT
from automate.recovery.holds import pause_tenant
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires


@strawberry.input
class PauseTenantInput:
    reason: str = strawberry.field(description="For the audit.")


@strawberry.type(name="PauseTenantPayload")
class PauseOwnTenantPayload:
    paused: bool | None = strawberry.field(
        default=None, description="Whether the tenant's own people let its work wait."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PauseOwnTenant:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_TENANT)],
        description="Let all of the tenant's own work wait: events are taken in, nothing more begins. Unlike a suspension, which is the platform's, it refuses nobody.",
    )
    @refusals_in(PauseOwnTenantPayload)
    def pause_tenant(self, input: PauseTenantInput) -> PauseOwnTenantPayload:  # noqa: A002 - Relay's word
        pause_tenant(input.reason)
        return PauseOwnTenantPayload(paused=True)
