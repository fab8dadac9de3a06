"""The mutation resumeTenant: a tenant resumes its own work."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_TENANT
from automate.recovery.holds import resume_tenant
from graphql_schema.mutating import Payload, mutation


@strawberry.type(name="ResumeTenantPayload")
class ResumeOwnTenantPayload(Payload):
    paused: bool | None = strawberry.field(default=None, description="Whether people of the tenant have paused it.")


@strawberry.type
class ResumeOwnTenant:
    @mutation(PAUSE_TENANT, "Resume the tenant's work after pauseTenant. A suspension by the platform is not ended.")
    def resume_tenant(self) -> ResumeOwnTenantPayload:
        resume_tenant()
        return ResumeOwnTenantPayload(paused=False)
