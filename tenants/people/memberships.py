"""Changes and ends the memberships of a tenant. Each operation writes an audit entry."""

from __future__ import annotations

import uuid

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import current_principal
from automate.kernel.problems import no_such
from automate.kernel.tenancy import TenantRef, acting_for, current_tenant
from automate.kernel.transactions import in_transaction
from tenants.people import queries, transitions
from tenants.people.managing import check_role, managing, require_other_owner
from tenants.people.queries import MemberRow


def change_role(membership_id: uuid.UUID | None, role: str, proof: str) -> MemberRow:
    """Give a member another role. ``membership_id`` is None if the request's id is malformed.

    Raises NOT_FOUND for an unknown member, and BAD_USER_INPUT for an unknown role. Raises FORBIDDEN if the old or the
    new role has permissions that the caller lacks. Raises CONFLICT if the member is the last owner.
    """
    check_role(role)
    with managing(proof) as verb:
        member = _require(verb.tenant, membership_id)
        verb.require_role(member.role, ("member",))
        verb.require_role(role, ("role",))
        if member.role != role:
            require_other_owner(verb.tenant, member)
            transitions.set_role(member.id, member.role, role)
            audit.record("member.change_role", "member", member.user_id, member.email, {"role": (member.role, role)})
        return _require(verb.tenant, member.id)


def remove(membership_id: uuid.UUID | None, proof: str) -> MemberRow:
    """Remove and return a member. Tokens that this person created are refused from then on.

    Raises NOT_FOUND for an unknown member. Raises FORBIDDEN if the member's role has permissions that the caller lacks.
    Raises CONFLICT for the last owner.
    """
    with managing(proof) as verb:
        member = _require(verb.tenant, membership_id)
        verb.require_role(member.role, ("member",))
        _end(verb.tenant, member, "member.remove")
        return member


def leave(proof: str) -> MemberRow:
    """End the caller's own membership, and return it.

    Raises FORBIDDEN if the caller is not a signed-in person, and CONFLICT for the last owner.
    """
    principal, tenant = current_principal(), current_tenant()
    with acting_for(tenant, proof=proof), in_transaction():
        transitions.lock_members(tenant.id)
        member = None
        if principal.kind == "member":
            member = queries.member_by_user(tenant.id, uuid.UUID(principal.id))
        if member is None:
            raise NormalizedError(
                "FORBIDDEN",
                "This request has a token. Only a signed-in member can leave a tenant. "
                "Sign in as the member who leaves. To end the access of the token, revoke the token.",
            )
        _end(tenant, member, "member.leave")
        return member


def _end(tenant: TenantRef, member: MemberRow, action: str) -> None:
    require_other_owner(tenant, member)
    if not transitions.delete_membership(member.id):
        raise NormalizedError("FORBIDDEN", "Your sign-in has just ended. Sign in again.")
    audit.record(action, "member", member.user_id, member.email, {"role": (member.role, None)})


def _require(tenant: TenantRef, membership_id: uuid.UUID | None) -> MemberRow:
    member = queries.member_of(tenant.id, membership_id) if membership_id is not None else None
    if member is None:
        raise no_such("member", "id", "members", "member")
    return member
