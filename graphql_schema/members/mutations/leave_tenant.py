"""The mutation leaveTenant."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_MEMBERS
from graphql_schema.context import Info
from graphql_schema.members.types import Member, member_shown
from graphql_schema.mutating import Payload, mutation
from tenants.people.memberships import leave


@strawberry.type
class LeaveTenantPayload(Payload):
    member: Member | None = None


@strawberry.type
class LeaveTenant:
    @mutation(VIEW_MEMBERS, "End your own membership. The last owner cannot leave.")
    def leave_tenant(self, info: Info) -> LeaveTenantPayload:
        return LeaveTenantPayload(member=member_shown(leave(info.context.proof)))
