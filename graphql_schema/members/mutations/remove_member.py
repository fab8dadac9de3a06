"""The mutation removeMember."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.members.types import Member, member_shown
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from tenants.people.memberships import remove


@strawberry.input
class RemoveMemberInput:
    member: strawberry.ID


@strawberry.type
class RemoveMemberPayload:
    member: Member | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class RemoveMember:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_MEMBERS)],
        description="End a membership. Within one second the person is refused, and so are the person's tokens, "
        "even on open sockets and streams.",
    )
    @refusals_in(RemoveMemberPayload)
    def remove_member(self, info: Info, input: RemoveMemberInput) -> RemoveMemberPayload:  # noqa: A002 - Relay's word
        row = remove(row_id_of(input.member, "Member"), info.context.proof)
        return planned(info, RemoveMemberPayload(member=member_shown(row)))
