"""A tenant's operations on its invitations. Each operation writes an audit entry.

``invite`` and ``resend`` queue mails.

No answer reveals whether an address has an account.
"""

from __future__ import annotations

import uuid

from automate.audit import services as audit
from automate.kernel.email_addresses import checked
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import DAY_SECONDS, LIMITS
from automate.kernel.principals import current_principal
from automate.kernel.problems import no_such
from automate.kernel.tenancy import TenantRef
from automate.mail import transitions as mails
from automate.mail.models import INVITATION
from automate.mail.queries import mails_of_a_day
from tenants.people import queries, transitions
from tenants.people.managing import Managing, check_role, managing
from tenants.people.queries import OPEN, InvitationRow

LINK_SECONDS = 7 * DAY_SECONDS
"""The lifetime of a link."""


def invite(email: str, role: str, proof: str) -> InvitationRow:
    """Invite an address. An open invitation gets the new role and a new link.

    Raises BAD_USER_INPUT if the address or the role is invalid. Raises CONFLICT if the address belongs to a member.
    Raises FORBIDDEN if the role has permissions that the caller lacks. Raises LIMIT_EXCEEDED for too many members or
    mails.
    """
    address = checked(email, ("email",))
    check_role(role)
    with managing(proof) as verb:
        verb.require_role(role, ("role",))
        if queries.member_by_email(verb.tenant.id, address) is not None:
            raise NormalizedError(
                "CONFLICT", f"{address} is already a member. `changeMemberRole` changes the role.", path=["email"]
            )
        _check_mails()
        before = queries.unsettled_invitation(verb.tenant.id, address)
        if before is not None:
            verb.require_role(before.role, ("email",))
            return _renew(verb.tenant, before, role, "invitation.renew")
        _check_count(verb.tenant)
        who = current_principal()
        invited_by = {"kind": who.kind, "id": who.id, "name": who.name}
        invitation_id = transitions.insert_invitation(verb.tenant.id, address, role, invited_by, LINK_SECONDS)
        audit.record("invitation.create", "invitation", invitation_id, address, {"role": (None, role)})
        mails.queue(INVITATION, invitation_id, [address], serial=1)
        return _require(verb, invitation_id)


def resend(invitation_id: uuid.UUID | None, proof: str) -> InvitationRow:
    """Send a mail with a new link. The old link becomes invalid.

    ``invitation_id`` is None if the caller's text is not an id.

    Raises NOT_FOUND, FORBIDDEN or LIMIT_EXCEEDED. Raises CONFLICT if the invitation is accepted or revoked.
    """
    with managing(proof) as verb:
        before = _require(verb, invitation_id)
        verb.require_role(before.role, ("invitation",))
        _check_mails()
        return _renew(verb.tenant, before, before.role, "invitation.resend")


def revoke(invitation_id: uuid.UUID | None, proof: str) -> InvitationRow:
    """Revoke an invitation. ``proof`` is derived from the caller's token or sign-in.

    Raises NOT_FOUND for an unknown invitation. Raises CONFLICT if the invitation was accepted. Raises FORBIDDEN if the
    caller is not allowed to revoke it.
    """
    with managing(proof) as verb:
        before = _require(verb, invitation_id)
        verb.require_role(before.role, ("invitation",))
        if transitions.revoke_invitation(before.id):
            audit.record("invitation.revoke", "invitation", before.id, before.email, {"state": (OPEN, "revoked")})
        elif before.state == queries.ACCEPTED:
            raise NormalizedError(
                "CONFLICT",
                f"{before.email} has already accepted this invitation. Remove the member instead.",
                path=["invitation"],
            )
        return _require(verb, before.id)


def _renew(tenant: TenantRef, before: InvitationRow, role: str, action: str) -> InvitationRow:
    if not transitions.renew_invitation(before.id, before.serial, role, LINK_SECONDS):
        raise NormalizedError(
            "CONFLICT",
            f"This invitation is {before.state}, so its link cannot be sent again. Invite the address again.",
            path=["invitation"],
        )
    changes = {"link": (before.serial, before.serial + 1), "role": (before.role, role)}
    audit.record(action, "invitation", before.id, before.email, changes)
    mails.queue(INVITATION, before.id, [before.email], serial=before.serial + 1)
    found = queries.invitation_of(tenant.id, before.id)
    if found is None:
        raise LookupError(before.id)
    return found


def _require(verb: Managing, invitation_id: uuid.UUID | None) -> InvitationRow:
    found = queries.invitation_of(verb.tenant.id, invitation_id) if invitation_id is not None else None
    if found is None:
        raise no_such("invitation", "id", "invitations", "invitation")
    return found


def _check_count(tenant: TenantRef) -> None:
    count = queries.count_members(tenant.id) + queries.count_invitations(tenant.id, only_open=True)
    if count >= LIMITS.members:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"This tenant has {count} members and open invitations together, and the maximum is {LIMITS.members}. "
            "Remove members or revoke invitations first.",
            details={"limit": "members", "maximum": LIMITS.members},
        )


def _check_mails() -> None:
    count = mails_of_a_day(INVITATION)
    if count >= LIMITS.invitation_mails:
        raise NormalizedError(
            "LIMIT_EXCEEDED",
            f"This tenant sent {count} invitations within 24 hours, and the maximum is {LIMITS.invitation_mails}. "
            "Invite more people later.",
            details={"limit": "invitation_mails", "maximum": LIMITS.invitation_mails},
        )
