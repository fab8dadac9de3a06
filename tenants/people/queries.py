"""Reads members and invitations."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.json_values import JsonValue
from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of
from automate.kernel.sql import fetch
from tenants.queries import TENANT_COLUMNS, KnownTenant, known_of

OPEN, ACCEPTED, REVOKED, EXPIRED = "open", "accepted", "revoked", "expired"

MEMBERS = "public.membership AS m JOIN public.person AS p ON p.id = m.user_id"

INVITATIONS = "public.invitation AS i"
IS_OPEN = "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()"


@dataclass(frozen=True)
class MemberRow:
    """A member."""

    id: uuid.UUID
    """The id of the membership."""
    user_id: uuid.UUID
    email: str
    name: str
    role: str
    active: bool
    """False for a person who must not sign in."""
    created_at: datetime


@dataclass(frozen=True)
class InvitationRow:
    """An invitation."""

    id: uuid.UUID
    email: str
    role: str
    serial: int
    """The serial number of the invitation's current link."""
    invited_by: Mapping[str, JsonValue]
    """The Principal {kind, id, name}."""
    created_at: datetime
    expires_at: datetime
    state: str
    """open, accepted, revoked or expired."""


_member = RowReader(MemberRow, "m", {"email": "p.email", "name": "p.name", "active": "p.is_active"})
SELECT_MEMBERS = f"SELECT {_member.columns} FROM {MEMBERS}"
_STATE = (
    f"CASE WHEN i.accepted_at IS NOT NULL THEN '{ACCEPTED}' WHEN i.revoked_at IS NOT NULL THEN '{REVOKED}'"
    f" WHEN i.expires_at <= now() THEN '{EXPIRED}' ELSE '{OPEN}' END"
)
_invitation = RowReader(
    InvitationRow, "i", {"invited_by": "i.invited_by::text", "state": _STATE}, invited_by=json.loads
)
SELECT_INVITATIONS = f"SELECT {_invitation.columns} FROM {INVITATIONS}"


def members_page(tenant_id: uuid.UUID, part: Slice) -> Page[MemberRow]:
    """Return a page of a tenant's members, newest first."""
    return page_of(SELECT_MEMBERS, "m.id", part, _of(tenant_id, "m"), _member)


def count_members(tenant_id: uuid.UUID) -> int:
    return count_of(MEMBERS, _of(tenant_id, "m"))


def member_of(tenant_id: uuid.UUID, membership_id: uuid.UUID) -> MemberRow | None:
    rows = fetch(SELECT_MEMBERS + " WHERE m.tenant_id = %s AND m.id = %s", [tenant_id, membership_id])
    return _member(rows[0]) if rows else None


def member_by_user(tenant_id: uuid.UUID, user_id: uuid.UUID) -> MemberRow | None:
    rows = fetch(SELECT_MEMBERS + " WHERE m.tenant_id = %s AND m.user_id = %s", [tenant_id, user_id])
    return _member(rows[0]) if rows else None


def member_by_email(tenant_id: uuid.UUID, email: str) -> MemberRow | None:
    """Return the member with this normalized mail address, or None."""
    rows = fetch(SELECT_MEMBERS + " WHERE m.tenant_id = %s AND p.email = %s", [tenant_id, email])
    return _member(rows[0]) if rows else None


def active_members(tenant_id: uuid.UUID, roles: Sequence[str], emails: Sequence[str]) -> list[MemberRow]:
    """Return the active members who have one of the roles or one of the addresses. The result is sorted by address."""
    condition = " WHERE m.tenant_id = %s AND p.is_active AND (m.role = ANY (%s) OR p.email = ANY (%s)) ORDER BY p.email"
    return [_member(row) for row in fetch(SELECT_MEMBERS + condition, [tenant_id, list(roles), list(emails)])]


def other_owners(tenant_id: uuid.UUID, membership_id: uuid.UUID) -> int:
    # `transitions.lock_members` keeps the number valid.
    statement = (
        f"SELECT count(*) FROM {MEMBERS} WHERE m.tenant_id = %s AND m.role = 'owner' AND p.is_active AND m.id <> %s"
    )
    ((count,),) = fetch(statement, [tenant_id, membership_id])
    return int(count)


def invitations_page(tenant_id: uuid.UUID, part: Slice, *, only_open: bool) -> Page[InvitationRow]:
    """Return a page of a tenant's invitations, newest first."""
    return page_of(SELECT_INVITATIONS, "i.id", part, _invitations(tenant_id, only_open=only_open), _invitation)


def count_invitations(tenant_id: uuid.UUID, *, only_open: bool) -> int:
    return count_of(INVITATIONS, _invitations(tenant_id, only_open=only_open))


def invitation_of(tenant_id: uuid.UUID, invitation_id: uuid.UUID) -> InvitationRow | None:
    rows = fetch(SELECT_INVITATIONS + " WHERE i.tenant_id = %s AND i.id = %s", [tenant_id, invitation_id])
    return _invitation(rows[0]) if rows else None


def unsettled_invitation(tenant_id: uuid.UUID, email: str) -> InvitationRow | None:
    # Neither accepted nor revoked. The invitation may have expired.
    condition = " WHERE i.tenant_id = %s AND i.email = %s AND i.accepted_at IS NULL AND i.revoked_at IS NULL"
    rows = fetch(SELECT_INVITATIONS + condition, [tenant_id, email])
    return _invitation(rows[0]) if rows else None


# The tenants among these that have an owner, or an open invitation of an owner.
WITH_OWNER = """
SELECT t.id FROM unnest(%s::uuid[]) AS t (id)
WHERE EXISTS (SELECT FROM membership m WHERE m.tenant_id = t.id AND m.role = 'owner')
   OR EXISTS (SELECT FROM invitation i WHERE i.tenant_id = t.id AND i.role = 'owner' AND i.expires_at > now()
              AND i.accepted_at IS NULL AND i.revoked_at IS NULL)
"""
# An unknown tenant, a tenant of others and an inactive person all return no row.
STANDING = f"""
SELECT p.email, p.name, m.role, {TENANT_COLUMNS}
FROM person p JOIN membership m ON m.user_id = p.id JOIN tenant t ON t.id = m.tenant_id
WHERE p.id = %s AND t.slug = %s AND p.is_active
"""
OWN_MEMBERSHIPS = """
SELECT t.id, t.slug, t.name, m.role, t.state = 'suspended'
FROM membership m JOIN tenant t ON t.id = m.tenant_id JOIN person p ON p.id = m.user_id
WHERE m.user_id = %s AND p.is_active ORDER BY t.name, t.slug LIMIT %s
"""
OFFER = f"""
SELECT i.id, i.email, i.role, i.expires_at, t.name, p.id, p.name, coalesce(p.is_active, true), {TENANT_COLUMNS}
FROM invitation i JOIN tenant t ON t.id = i.tenant_id LEFT JOIN person p ON p.email = i.email
WHERE i.token_hash = %s AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
"""


def with_owner(tenant_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return the ids of the tenants that have an owner. An open invitation for an owner also counts."""
    return {tenant_id for (tenant_id,) in fetch(WITH_OWNER, [list(tenant_ids)])}


def standing_of(user_id: uuid.UUID, slug: str) -> tuple[str, str, str, KnownTenant] | None:
    # None if the person does not belong to the tenant.
    for email, name, role, *tenant in fetch(STANDING, [user_id, slug]):
        return email, name, role, known_of(tenant)
    return None


@dataclass(frozen=True)
class OwnMembership:
    """A membership of the calling person."""

    tenant_id: uuid.UUID
    slug: str
    name: str
    role: str
    suspended: bool


def own_memberships(user_id: uuid.UUID, most: int) -> list[OwnMembership]:
    return [OwnMembership(*row) for row in fetch(OWN_MEMBERSHIPS, [user_id, most])]


@dataclass(frozen=True)
class OfferedInvitation:
    """The parts of an open invitation that the invited person sees."""

    invitation_id: uuid.UUID
    email: str
    role: str
    expires_at: datetime
    tenant_name: str
    user_id: uuid.UUID | None
    """The person with this address; None for a new person."""
    user_name: str
    active: bool
    tenant: KnownTenant


def open_offer(token_hash: str) -> OfferedInvitation | None:
    for row_id, email, role, expires_at, tenant_name, user_id, user_name, active, *tenant in fetch(OFFER, [token_hash]):
        return OfferedInvitation(
            row_id, email, role, expires_at, tenant_name, user_id, user_name or "", active, known_of(tenant)
        )
    return None


def _of(tenant_id: uuid.UUID, alias: str) -> list[Condition]:
    return [Condition(f"{alias}.tenant_id = %s", (tenant_id,))]


def _invitations(tenant_id: uuid.UUID, *, only_open: bool) -> list[Condition]:
    conditions = _of(tenant_id, "i")
    return [*conditions, Condition(IS_OPEN, ())] if only_open else conditions
