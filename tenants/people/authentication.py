"""From a person who is signed in to a member of the tenant that a request names."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import permissions_of
from automate.kernel.principals import Principal
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.text import TENANT_SLUG
from tenants.authentication import Credential
from tenants.people.sign_ins import proof_of_session
from tenants.queries import TENANT_COLUMNS, known_of

# An unknown tenant, a foreign tenant and an inactive person are one and the same: no row.
MEMBER = f"""
SELECT p.email, p.name, m.role, {TENANT_COLUMNS}
FROM person p JOIN membership m ON m.user_id = p.id JOIN tenant t ON t.id = m.tenant_id
WHERE p.id = %s AND t.slug = %s AND p.is_active
"""


def member_principal(user_id: uuid.UUID, email: str, name: str, role: str) -> Principal:
    """A member as the Principal of a request. The id is the person's, in every tenant."""
    return Principal(
        kind="member",
        id=str(user_id),
        name=name or email,
        role=role,
        permissions=permissions_of(role),
        person=str(user_id),
    )


def credential_of_member(user_id: uuid.UUID, slug: str, session_key: str = "") -> Credential:
    """The person as a member of the tenant with this slug, by one statement. Nothing is remembered, so a change counts at once.

    session_key: of the session; without it the member reads and decides, and manages neither members nor tokens.

    Raises NormalizedError NOT_FOUND, the same for an unknown tenant and for one of which the person is no member.
    """
    rows: Sequence[tuple[object, ...]] = []
    if TENANT_SLUG.fullmatch(slug):
        with acting_for_platform("authentication of a member", AUTHENTICATION_ROLE):
            rows = fetch(MEMBER, [user_id, slug])
    if not rows:
        raise NormalizedError("NOT_FOUND", "There is no such tenant.")
    email, name, role, *tenant = rows[0]
    known = known_of(tenant)
    principal = member_principal(user_id, str(email), str(name), str(role))
    return Credential(principal, known.ref, known.suspended, proof_of_session(session_key) if session_key else "")


@dataclass(frozen=True)
class OwnMembership:
    """One membership of a person, as the person sees it."""

    tenant_id: uuid.UUID
    slug: str
    name: str
    role: str
    suspended: bool


MEMBERSHIPS = """
SELECT t.id, t.slug, t.name, m.role, t.state = 'suspended'
FROM membership m JOIN tenant t ON t.id = m.tenant_id JOIN person p ON p.id = m.user_id
WHERE m.user_id = %s AND p.is_active ORDER BY t.name, t.slug LIMIT %s
"""


def memberships_of(user_id: uuid.UUID, most: int = 1_000) -> list[OwnMembership]:
    """The tenants of a person, by name."""
    with acting_for_platform("memberships of a person", AUTHENTICATION_ROLE):
        return [OwnMembership(*row) for row in fetch(MEMBERSHIPS, [user_id, most])]
