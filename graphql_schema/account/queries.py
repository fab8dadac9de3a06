"""Queries for a person, without a tenant."""

from __future__ import annotations

import strawberry

from automate.kernel.errors import NormalizedError
from graphql_schema.account.context import AccountInfo
from graphql_schema.account.types import InvitationOffer, ViewerMembership, membership_shown, offer_shown
from tenants.people.accepting import offer_of
from tenants.people.authentication import memberships_of


@strawberry.type(name="Query")
class AccountQueries:
    @strawberry.field(description="The tenants of the person who is signed in, by name. Empty without a session.")
    def memberships(self, info: AccountInfo) -> list[ViewerMembership]:
        if info.context.user_id is None:
            return []
        return [membership_shown(row) for row in memberships_of(info.context.user_id)]

    @strawberry.field(
        description="The open invitation that belongs to a link's token. Null if the token is used, revoked, "
        "expired or unknown."
    )
    def invitation(self, token: str) -> InvitationOffer | None:
        try:
            return offer_shown(offer_of(token))
        except NormalizedError:
            return None
