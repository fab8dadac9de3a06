"""Members and invitations as rows. In a tenant's scope, row-level security shows its own alone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from automate.kernel.errors import Json
from automate.kernel.queries import Condition, Page, Slice, count_of, page_of
from automate.kernel.sql import fetch

OPEN, ACCEPTED, REVOKED, EXPIRED = "open", "accepted", "revoked", "expired"

MEMBERS = "public.membership AS m JOIN public.person AS p ON p.id = m.user_id"
SELECT_MEMBERS = f"SELECT m.id, m.user_id, p.email, p.name, m.role, p.is_active, m.created_at FROM {MEMBERS}"

INVITATIONS = "public.invitation AS i"
IS_OPEN = "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()"
SELECT_INVITATIONS = f"""
SELECT i.id, i.email, i.role, i.serial, i.invited_by::text, i.created_at, i.expires_at,
       CASE WHEN i.accepted_at IS NOT NULL THEN '{ACCEPTED}' WHEN i.revoked_at IS NOT NULL THEN '{REVOKED}'
            WHEN i.expires_at <= now() THEN '{EXPIRED}' ELSE '{OPEN}' END
FROM {INVITATIONS}
"""


@dataclass(frozen=True)
class MemberRow:
    """id: of the membership. active: false for a person who may not sign in."""

    id: uuid.UUID
    user_id: uuid.UUID
    email: str
    name: str
    role: str
    active: bool
    created_at: datetime


@dataclass(frozen=True)
class InvitationRow:
    """serial: of its current link. invited_by: the Principal {kind, id, name}. state: open, accepted, revoked or expired."""

    id: uuid.UUID
    email: str
    role: str
    serial: int
    invited_by: Mapping[str, Json]
    created_at: datetime
    expires_at: datetime
    state: str


def _member(row: Sequence[Any]) -> MemberRow:
    return MemberRow(*row)


def _invitation(row: Sequence[Any]) -> InvitationRow:
    values = [*row[:4], json.loads(row[4]), *row[5:]]
    return InvitationRow(*values)


def members_page(tenant_id: uuid.UUID, part: Slice) -> Page[MemberRow]:
    """Newest first."""
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
    """email: as ``email_addresses.spelled`` spells it."""
    rows = fetch(SELECT_MEMBERS + " WHERE m.tenant_id = %s AND p.email = %s", [tenant_id, email])
    return _member(rows[0]) if rows else None


def active_members(tenant_id: uuid.UUID, roles: Sequence[str], emails: Sequence[str]) -> list[MemberRow]:
    """Those who may sign in and have one of the roles or of the addresses, by address."""
    condition = " WHERE m.tenant_id = %s AND p.is_active AND (m.role = ANY (%s) OR p.email = ANY (%s)) ORDER BY p.email"
    return [_member(row) for row in fetch(SELECT_MEMBERS + condition, [tenant_id, list(roles), list(emails)])]


def other_owners(tenant_id: uuid.UUID, membership_id: uuid.UUID) -> int:
    """How many owners beside a member may sign in. Hold ``transitions.lock_members`` while it matters."""
    statement = (
        f"SELECT count(*) FROM {MEMBERS} WHERE m.tenant_id = %s AND m.role = 'owner' AND p.is_active AND m.id <> %s"
    )
    ((count,),) = fetch(statement, [tenant_id, membership_id])
    return int(count)


def invitations_page(tenant_id: uuid.UUID, part: Slice, *, only_open: bool) -> Page[InvitationRow]:
    """Newest first."""
    return page_of(SELECT_INVITATIONS, "i.id", part, _invitations(tenant_id, only_open=only_open), _invitation)


def count_invitations(tenant_id: uuid.UUID, *, only_open: bool) -> int:
    return count_of(INVITATIONS, _invitations(tenant_id, only_open=only_open))


def invitation_of(tenant_id: uuid.UUID, invitation_id: uuid.UUID) -> InvitationRow | None:
    rows = fetch(SELECT_INVITATIONS + " WHERE i.tenant_id = %s AND i.id = %s", [tenant_id, invitation_id])
    return _invitation(rows[0]) if rows else None


def unsettled_invitation(tenant_id: uuid.UUID, email: str) -> InvitationRow | None:
    """The one to an address that is neither accepted nor revoked; it may have expired."""
    condition = " WHERE i.tenant_id = %s AND i.email = %s AND i.accepted_at IS NULL AND i.revoked_at IS NULL"
    rows = fetch(SELECT_INVITATIONS + condition, [tenant_id, email])
    return _invitation(rows[0]) if rows else None


def _of(tenant_id: uuid.UUID, alias: str) -> list[Condition]:
    return [Condition(f"{alias}.tenant_id = %s", (tenant_id,))]


def _invitations(tenant_id: uuid.UUID, *, only_open: bool) -> list[Condition]:
    conditions = _of(tenant_id, "i")
    return [*conditions, Condition(IS_OPEN, ())] if only_open else conditions
