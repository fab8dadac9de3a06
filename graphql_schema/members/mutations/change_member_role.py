"""The mutation changeMemberRole."""

from __future__ import annotations

import strawberry

from automate.kernel.choices import MemberRole
from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.members.types import Member, member_shown
from graphql_schema.mutating import Payload, mutation
from tenants.people.memberships import change_role


@strawberry.input
class ChangeMemberRoleInput:
    member: strawberry.ID
    role: MemberRole = strawberry.field(description="The new role. It must not have more rights than your own.")


@strawberry.type
class ChangeMemberRolePayload(Payload):
    member: Member | None = None


@strawberry.type
class ChangeMemberRole:
    @mutation(
        MANAGE_MEMBERS,
        "Give a member another role. The role takes effect within one second, even on open sockets and "
        "streams. It also limits the tokens that the member made.",
    )
    def change_member_role(self, info: Info, input: ChangeMemberRoleInput) -> ChangeMemberRolePayload:
        row = change_role(row_id_of(input.member, "Member"), input.role.value, info.context.proof)
        return ChangeMemberRolePayload(member=member_shown(row))
