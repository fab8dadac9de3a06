"""The mutation revokeInvitation."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import MANAGE_MEMBERS
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import row_id_of
from graphql_schema.members.types import Invitation, invitation_shown
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from tenants.people.invitations import revoke


@strawberry.input
class RevokeInvitationInput:
    invitation: strawberry.ID


@strawberry.type
class RevokeInvitationPayload:
    invitation: Invitation | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class RevokeInvitation:
    @strawberry.mutation(
        extensions=[Requires(MANAGE_MEMBERS)],
        description="Revoke an invitation. Its link stops working.",
    )
    @refusals_in(RevokeInvitationPayload)
    def revoke_invitation(self, info: Info, input: RevokeInvitationInput) -> RevokeInvitationPayload:  # noqa: A002 - Relay's word
        row = revoke(row_id_of(input.invitation, "Invitation"), info.context.proof)
        return planned(info, RevokeInvitationPayload(invitation=invitation_shown(row)))
