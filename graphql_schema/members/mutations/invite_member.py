"""The mutation inviteMember."""

from __future__ import annotations

import strawberry

from automate.kernel.choices import MemberRole
from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.members.types import Invitation, invitation_shown
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from tenants.people.invitations import invite


@strawberry.input
class InviteMemberInput:
    email: str = strawberry.field(description="The email address of the person.")
    role: MemberRole = strawberry.field(description="The offered role. It must not have more rights than your own.")


@strawberry.type
class InviteMemberPayload:
    invitation: Invitation | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class InviteMember:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_MEMBERS)],
        description="Send an invitation by mail. If the address has an open invitation, the invitation gets the new "
        "role and a new link. The answer does not reveal whether the address has an account.",
    )
    @refusals_in(InviteMemberPayload)
    def invite_member(self, info: Info, input: InviteMemberInput) -> InviteMemberPayload:  # noqa: A002 - Relay's word
        row = invite(input.email, input.role.value, info.context.proof)
        return planned(info, InviteMemberPayload(invitation=invitation_shown(row)))
