"""The mutation leaveTenant."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_MEMBERS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.members.types import Member, member_shown
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from tenants.people.memberships import leave


@strawberry.type
class LeaveTenantPayload:
    member: Member | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class LeaveTenant:
    @strawberry.mutation(
        extensions=[Requires(VIEW_MEMBERS)],
        description="End your own membership. The last owner cannot leave.",
    )
    @refusals_in(LeaveTenantPayload)
    def leave_tenant(self, info: Info) -> LeaveTenantPayload:
        return planned(info, LeaveTenantPayload(member=member_shown(leave(info.context.proof))))
