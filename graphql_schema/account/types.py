"""GraphQL types for the memberships of the signed-in person, and for the invitation that a recipient opens."""

from __future__ import annotations

import strawberry
import strawberry_django

from automate.kernel.choices import MemberRole
from tenants.people import models
from tenants.people.queries import OfferedInvitation, OwnMembership


@strawberry_django.type(models.Membership, name="Membership", description="A tenant of the viewer.")
class ViewerMembership:
    slug: str = strawberry.field(description="The slug. The tenant's API is at `/t/<slug>/graphql`.")
    name: str = strawberry.field(description="The name of the tenant.")
    role: MemberRole
    suspended: bool = strawberry.field(
        description="Whether the platform has suspended the tenant. A suspended tenant refuses requests."
    )


@strawberry_django.type(models.Invitation, description="An open invitation, as the holder of its link sees it.")
class InvitationOffer:
    tenant_slug: str = strawberry.field(description="The slug of the tenant.")
    tenant_name: str = strawberry.field(description="The name of the tenant.")
    email: strawberry.auto
    role: MemberRole
    expires_at: strawberry.auto
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
