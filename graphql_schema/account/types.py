"""The viewer's memberships, and an invitation as the holder of its link sees it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from tenants.people.queries import Offer, OwnMembership


@strawberry.type(name="Membership", description="A tenant of the viewer.")
class ViewerMembership:
    slug: str = strawberry.field(description="Its API is at `/t/<slug>/graphql`.")
    name: str
    role: str
    suspended: bool = strawberry.field(description="The tenant refuses requests until the platform resumes it.")


@strawberry.type(name="InvitationOffer", description="An open invitation, for the holder of its link.")
class InvitationOffer:
    tenant_slug: str
    tenant_name: str
    email: str
    role: str
    expires_at: datetime
    has_account: bool = strawberry.field(
        description="True: sign in with this address, then accept. False: choose a password when you accept."
    )


def membership_shown(row: OwnMembership) -> ViewerMembership:
    return ViewerMembership(slug=row.slug, name=row.name, role=row.role, suspended=row.suspended)


def offer_shown(offer: Offer) -> InvitationOffer:
    return InvitationOffer(
        tenant_slug=offer.tenant.ref.slug,
        tenant_name=offer.tenant_name,
        email=offer.email,
        role=offer.role,
        expires_at=offer.expires_at,
        has_account=offer.user_id is not None,
    )
