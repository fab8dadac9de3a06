"""The mutation revokeInvitation."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.members.types import Invitation, invitation_shown
from graphql_schema.mutating import Payload, mutation
from tenants.people.invitations import revoke


@strawberry.input
class RevokeInvitationInput:
    invitation: strawberry.ID


@strawberry.type
class RevokeInvitationPayload(Payload):
    invitation: Invitation | None = None


@strawberry.type
class RevokeInvitation:
    @mutation(MANAGE_MEMBERS, "Revoke an invitation. Its link stops working.")
    def revoke_invitation(self, info: Info, input: RevokeInvitationInput) -> RevokeInvitationPayload:
        row = revoke(row_id_of(input.invitation, "Invitation"), info.context.proof)
        return RevokeInvitationPayload(invitation=invitation_shown(row))
