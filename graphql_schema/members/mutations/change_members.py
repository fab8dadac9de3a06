"""The mutations changeMemberRole, removeMember, resendInvitation and revokeInvitation."""

from __future__ import annotations

import uuid

import strawberry

from automate.kernel.choices import MemberRole
from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.members.types import Invitation, Member, invitation_shown, member_shown
from graphql_schema.mutating import Family, Value
from tenants.people import invitations, memberships
from tenants.people.queries import MemberRow

MEMBER = Family("member", Member, member_shown, by_id=True, proven=True)
INVITATION = Family("invitation", Invitation, invitation_shown, by_id=True, proven=True)


def _change_role(member: uuid.UUID | None, role: MemberRole, proof: str) -> MemberRow:
    return memberships.change_role(member, role.value, proof)


@strawberry.type
class ChangeMembers:
    change_member_role = MEMBER.changes(
        "change_member_role",
        _change_role,
        MANAGE_MEMBERS,
        "Give a member another role. The role takes effect within one second, even on open sockets and streams. It also "
        "limits the tokens that the member made.",
        role=Value(MemberRole, "The new role. It must not have more rights than your own."),
    )
    remove_member = MEMBER.changes(
        "remove_member",
        memberships.remove,
        MANAGE_MEMBERS,
        "End a membership. Within one second the person is refused, and so are the person's tokens, even on open sockets "
        "and streams.",
    )
    resend_invitation = INVITATION.changes(
        "resend_invitation",
        invitations.resend,
        MANAGE_MEMBERS,
        "Send a new link for an invitation. The earlier link stops working.",
    )
    revoke_invitation = INVITATION.changes(
        "revoke_invitation",
        invitations.revoke,
        MANAGE_MEMBERS,
        "Revoke an invitation. Its link stops working.",
    )
