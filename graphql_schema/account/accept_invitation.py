"""acceptInvitation."""

from __future__ import annotations

import strawberry

from automate.kernel.choices import MemberRole
from graphql_schema.account.context import AccountInfo
from graphql_schema.account.types import ViewerMembership
from graphql_schema.errors import ErrorAnswer, refusals_in
from tenants.people.accepting import accept


@strawberry.input
class AcceptInvitationInput:
    token: str = strawberry.field(description="The token in the link of the invitation mail.")
    name: str = strawberry.field(default="", description="The name of a new person. Other members see it.")
    password: str = strawberry.field(
        default="",
        description="The password of a new person. Leave it empty for an address that has an account, and sign in "
        "instead.",
    )


@strawberry.type
class AcceptInvitationPayload:
    membership: ViewerMembership | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type(name="Mutation")
class AcceptInvitation:
    @strawberry.mutation(
        description="Become a member. A new person chooses a password and is signed in. If the address has an "
        "account, its owner must be signed in."
    )
    @refusals_in(AcceptInvitationPayload)
    def accept_invitation(self, info: AccountInfo, input: AcceptInvitationInput) -> AcceptInvitationPayload:
        caller = info.context
        user_id, offer = accept(input.token, caller.user_id, name=input.name, password=input.password)
        if caller.user_id is None:
            caller.sign_in(user_id)
        shown = ViewerMembership(
            slug=offer.tenant.ref.slug,
            name=offer.tenant_name,
            role=MemberRole(offer.role),
            suspended=offer.tenant.suspended,
        )
        return AcceptInvitationPayload(membership=shown)
