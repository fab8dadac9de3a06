"""The mutation removeMember."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.members.types import Member, member_shown
from graphql_schema.mutating import Payload, mutation
from tenants.people.memberships import remove


@strawberry.input
class RemoveMemberInput:
    member: strawberry.ID


@strawberry.type
class RemoveMemberPayload(Payload):
    member: Member | None = None


@strawberry.type
class RemoveMember:
    @mutation(
        MANAGE_MEMBERS,
        "End a membership. Within one second the person is refused, and so are the person's tokens, "
        "even on open sockets and streams.",
    )
    def remove_member(self, info: Info, input: RemoveMemberInput) -> RemoveMemberPayload:
        row = remove(row_id_of(input.member, "Member"), info.context.proof)
        return RemoveMemberPayload(member=member_shown(row))
