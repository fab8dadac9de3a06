"""All SQL that writes memberships, invitations and sign-ins."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from automate.kernel.ids import new_id
from automate.kernel.json_text import json_string
from automate.kernel.json_values import JsonValue
from automate.kernel.sql import execute, fetch, fetch_value
from tenants.people.guards import OWNERS_LOCK
from tenants.people.links import hash_of, token_of

# The trigger membership_keeps_an_owner takes the same lock.
LOCK_MEMBERS = f"SELECT pg_advisory_xact_lock({OWNERS_LOCK}, hashtext(%s))"
MAY = "SELECT public.automate_tenant_may('manage_members')"

INVITED = "SELECT public.automate_invited_email()"

INSERT_INVITATION = """
INSERT INTO public.invitation (id, tenant_id, email, role, token_hash, serial, invited_by, created_at, expires_at)
VALUES (%s, %s, %s, %s, %s, 1, %s::jsonb, now(), now() + make_interval(secs => %s))
"""
RENEW_INVITATION = """
UPDATE public.invitation SET role = %s, token_hash = %s, serial = %s, expires_at = now() + make_interval(secs => %s)
WHERE id = %s AND serial = %s AND accepted_at IS NULL AND revoked_at IS NULL
"""
REVOKE_INVITATION = """
UPDATE public.invitation SET revoked_at = now() WHERE id = %s AND accepted_at IS NULL AND revoked_at IS NULL
"""
ACCEPT_INVITATION = """
UPDATE public.invitation SET accepted_at = now()
WHERE id = %s AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()
"""
INSERT_MEMBERSHIP = """
INSERT INTO public.membership (id, tenant_id, user_id, role, created_at) VALUES (%s, %s, %s, %s, now())
ON CONFLICT (tenant_id, user_id) DO NOTHING RETURNING id
"""
SET_ROLE = "UPDATE public.membership SET role = %s WHERE id = %s AND role = %s"
BEGIN_SIGN_IN = """
INSERT INTO sign_in (id, user_id, proof, created_at, expires_at) VALUES (%s, %s, %s, now(), %s)
ON CONFLICT (proof) DO UPDATE SET expires_at = excluded.expires_at WHERE sign_in.user_id = excluded.user_id
"""
END_SIGN_IN = "DELETE FROM sign_in WHERE proof = %s"
END_SIGN_INS = "DELETE FROM sign_in WHERE user_id = %s"
# The invitation of an address by an earlier call of the platform.
REVOKE_UNSETTLED = """
UPDATE invitation SET revoked_at = now()
WHERE tenant_id = %s AND email = %s AND accepted_at IS NULL AND revoked_at IS NULL
"""
DELETE_MEMBERSHIP = "DELETE FROM public.membership WHERE id = %s"


def lock_members(tenant_id: uuid.UUID) -> None:
    execute(LOCK_MEMBERS, [str(tenant_id)])


def may_manage() -> bool:
    return fetch(MAY) == [(True,)]


def invited_email() -> str | None:
    # Only if the current scope has the proof of an open invitation's link.
    ((email,),) = fetch(INVITED)
    return email if email is None else str(email)


def insert_invitation(
    tenant_id: uuid.UUID, email: str, role: str, invited_by: Mapping[str, JsonValue], seconds: float
) -> uuid.UUID:
    """Create an invitation whose link is valid for ``seconds``. Returns its id."""
    invitation_id = new_id()
    token_hash = hash_of(token_of(invitation_id, 1))
    execute(
        INSERT_INVITATION, [invitation_id, tenant_id, email, role, token_hash, json_string(dict(invited_by)), seconds]
    )
    return invitation_id


def renew_invitation(invitation_id: uuid.UUID, serial: int, role: str, seconds: float) -> bool:
    # False if the invitation was accepted or revoked in the meantime.
    token_hash = hash_of(token_of(invitation_id, serial + 1))
    return execute(RENEW_INVITATION, [role, token_hash, serial + 1, seconds, invitation_id, serial]) == 1


def revoke_invitation(invitation_id: uuid.UUID) -> bool:
    """Revoke an invitation. Returns False if the invitation was already accepted or revoked."""
    return execute(REVOKE_INVITATION, [invitation_id]) == 1


def accept_invitation(invitation_id: uuid.UUID) -> bool:
    """Accept an invitation. Returns False if the invitation was not open."""
    return execute(ACCEPT_INVITATION, [invitation_id]) == 1


def insert_membership(tenant_id: uuid.UUID, user_id: uuid.UUID, role: str) -> uuid.UUID | None:
    # None if the person is already a member.
    created: uuid.UUID | None = fetch_value(INSERT_MEMBERSHIP, [new_id(), tenant_id, user_id, role])
    return created


def set_role(membership_id: uuid.UUID, before: str, role: str) -> bool:
    # False if the member no longer has the role `before`.
    return execute(SET_ROLE, [role, membership_id, before]) == 1


def delete_membership(membership_id: uuid.UUID) -> bool:
    return execute(DELETE_MEMBERSHIP, [membership_id]) == 1


def revoke_unsettled(tenant_id: uuid.UUID, email: str) -> None:
    """Revoke the tenant's open invitation for a mail address. Requires the operator's scope."""
    execute(REVOKE_UNSETTLED, [tenant_id, email])


def begin_sign_in(user_id: uuid.UUID, proof_hash: str, expires_at: datetime) -> None:
    execute(BEGIN_SIGN_IN, [new_id(), user_id, proof_hash, expires_at])


def end_sign_in(proof_hash: str) -> None:
    execute(END_SIGN_IN, [proof_hash])


def end_sign_ins(user_id: uuid.UUID) -> None:
    execute(END_SIGN_INS, [user_id])
