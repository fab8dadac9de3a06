"""GraphQL types for the memberships of the signed-in person, and for the invitation that a recipient opens."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.kernel.choices import MemberRole
from tenants.people.queries import OfferedInvitation, OwnMembership


@strawberry.type(name="Membership", description="A tenant of the viewer.")
class ViewerMembership:
    slug: str = strawberry.field(description="The slug. The tenant's API is at `/t/<slug>/graphql`.")
    name: str = strawberry.field(description="The name of the tenant.")
    role: MemberRole = strawberry.field(description="The role of the person.")
    suspended: bool = strawberry.field(
        description="Whether the platform has suspended the tenant. A suspended tenant refuses requests."
    )


@strawberry.type(name="InvitationOffer", description="An open invitation, as the holder of its link sees it.")
class InvitationOffer:
    tenant_slug: str = strawberry.field(description="The slug of the tenant.")
    tenant_name: str = strawberry.field(description="The name of the tenant.")
    email: str = strawberry.field(description="The invited email address.")
    role: MemberRole = strawberry.field(description="The offered role.")
    expires_at: datetime = strawberry.field(description="The time at which the link expires.")
    has_account: bool = strawberry.field(
        description="Whether this address has an account. If true, sign in before you accept. If false, choose a "
        "password when you accept."
    )


def membership_shown(row: OwnMembership) -> ViewerMembership:
    return ViewerMembership(slug=row.slug, name=row.name, role=MemberRole(row.role), suspended=row.suspended)


def offer_shown(offer: OfferedInvitation) -> InvitationOffer:
    return InvitationOffer(
        tenant_slug=offer.tenant.ref.slug,
        tenant_name=offer.tenant_name,
        email=offer.email,
        role=MemberRole(offer.role),
        expires_at=offer.expires_at,
        has_account=offer.user_id is not None,
    )
