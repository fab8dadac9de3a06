"""Authenticates members of a tenant."""

from __future__ import annotations

import uuid
from dataclasses import replace

from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import permissions_of
from automate.kernel.principals import Principal
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.kernel.text import TENANT_SLUG
from tenants.authentication import leaving
from tenants.credentials import Credential
from tenants.people import queries
from tenants.people.queries import OwnMembership
from tenants.people.sign_ins import proof_of_session


def member_principal(user_id: uuid.UUID, email: str, name: str, role: str) -> Principal:
    # Its id is the id of the person, in every tenant.
    return Principal(
        kind="member",
        id=str(user_id),
        name=name or email,
        role=role,
        permissions=permissions_of(role),
        person=str(user_id),
    )


def credential_of_member(user_id: uuid.UUID, slug: str, session_key: str = "") -> Credential:
    """Authenticate a signed-in person as a member of a tenant. Raises NOT_FOUND."""
    found = None
    if TENANT_SLUG.fullmatch(slug):
        with acting_for_platform("authentication of a member", AUTHENTICATION_ROLE):
            found = queries.standing_of(user_id, slug)
    if found is None:
        raise NormalizedError("NOT_FOUND", "There is no such tenant. Check the tenant's name in the URL.")
    email, name, role, known = found
    principal = member_principal(user_id, email, name, role)
    left = leaving(known, principal.permissions)
    if left is not None:
        principal = replace(principal, permissions=left)
    proof = proof_of_session(session_key) if session_key else ""
    return Credential(principal, known.ref, known.suspended and left is None, proof)


def memberships_of(user_id: uuid.UUID, most: int = 1_000) -> list[OwnMembership]:
    """Return the tenants of a person, sorted by name."""
    with acting_for_platform("memberships of a person", AUTHENTICATION_ROLE):
        return queries.own_memberships(user_id, most)
