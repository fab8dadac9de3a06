"""The mutation resendInvitation."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.ids import row_id_of
from graphql_schema.members.types import Invitation, invitation_shown
from graphql_schema.mutating import Payload, mutation
from tenants.people.invitations import resend


@strawberry.input
class ResendInvitationInput:
    invitation: strawberry.ID


@strawberry.type
class ResendInvitationPayload(Payload):
    invitation: Invitation | None = None


@strawberry.type
class ResendInvitation:
    @mutation(MANAGE_MEMBERS, "Send a new link for an invitation. The earlier link stops working.")
    def resend_invitation(self, info: Info, input: ResendInvitationInput) -> ResendInvitationPayload:
        row = resend(row_id_of(input.invitation, "Invitation"), info.context.proof)
        return ResendInvitationPayload(invitation=invitation_shown(row))
