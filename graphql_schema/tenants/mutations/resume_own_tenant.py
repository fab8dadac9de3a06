"""The mutation resumeTenant of a tenant's own schema."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_TENANT
from automate.recovery.holds import resume_tenant
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires


@strawberry.type(name="ResumeTenantPayload")
class ResumeOwnTenantPayload:
    paused: bool | None = strawberry.field(default=None, description="Whether people of the tenant have paused it.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResumeOwnTenant:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_TENANT)],
        description="Resume the tenant's work after pauseTenant. A suspension by the platform is not ended.",
    )
    @refusals_in(ResumeOwnTenantPayload)
    def resume_tenant(self) -> ResumeOwnTenantPayload:
        resume_tenant()
        return ResumeOwnTenantPayload(paused=False)
