"""The mutation resendInvitation."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.members.types import Invitation, invitation_shown
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from tenants.people.invitations import resend


@strawberry.input
class ResendInvitationInput:
    invitation: strawberry.ID


@strawberry.type
class ResendInvitationPayload:
    invitation: Invitation | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResendInvitation:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_MEMBERS)],
        description="Send a new link for an invitation. The earlier link stops working.",
    )
    @refusals_in(ResendInvitationPayload)
    def resend_invitation(self, info: Info, input: ResendInvitationInput) -> ResendInvitationPayload:  # noqa: A002 - Relay's word
        row = resend(row_id_of(input.invitation, "Invitation"), info.context.proof)
        return planned(info, ResendInvitationPayload(invitation=invitation_shown(row)))
