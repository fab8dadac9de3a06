"""The mutation inviteMember."""

from __future__ import annotations

import strawberry

from automate.kernel.choices import MemberRole
from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.members.types import Invitation, invitation_shown
from graphql_schema.mutating import Payload, mutation
from tenants.people.invitations import invite


@strawberry.input
class InviteMemberInput:
    email: str = strawberry.field(description="The email address of the person.")
    role: MemberRole = strawberry.field(description="The offered role. It must not have more rights than your own.")


@strawberry.type
class InviteMemberPayload(Payload):
    invitation: Invitation | None = None


@strawberry.type
class InviteMember:
    @mutation(
        MANAGE_MEMBERS,
        "Send an invitation by mail. If the address has an open invitation, the invitation gets the new "
        "role and a new link. The answer does not reveal whether the address has an account.",
    )
    def invite_member(self, info: Info, input: InviteMemberInput) -> InviteMemberPayload:
        row = invite(input.email, input.role.value, info.context.proof)
        return InviteMemberPayload(invitation=invitation_shown(row))
