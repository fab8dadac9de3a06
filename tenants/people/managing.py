"""The transaction in which members of a tenant are changed. A tenant has only one such transaction at a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import MANAGE_MEMBERS, MEMBER_ROLES, manageable, permissions_of
from automate.kernel.principals import current_principal
from automate.kernel.tenancy import TenantRef, acting_for, current_tenant
from automate.kernel.transactions import in_transaction
from tenants.people import queries, transitions
from tenants.people.models import OWNER

FORBIDDEN_WITHOUT_PROOF = (
    "You cannot manage members with this sign-in or token: it has just ended, or an older release issued it."
    " Sign in again, or ask the platform for a new token (`reissueTenantToken`)."
)


@dataclass(frozen=True)
class Managing:
    """The open transaction in which a caller changes the members of a tenant."""

    tenant: TenantRef
    """The tenant whose members are managed."""
    permissions: frozenset[str]
    """The caller's permissions, read in the transaction."""

    def require_role(self, role: str, path: tuple[str, ...]) -> None:
        """Raise FORBIDDEN if the role has permissions that the caller lacks."""
        lacking = sorted(permissions_of(role) - self.permissions)
        if not lacking:
            return
        who = "Only an owner manages owners." if role == OWNER else f"You lack {', '.join(lacking)}."
        raise NormalizedError(
            "FORBIDDEN",
            f"You may not give, change or remove the role {role}. {who} Ask an owner of the tenant to do it.",
            details={"role": role, "permissions": [*lacking]},
            path=path,
        )


@contextmanager
def managing(proof: str) -> Iterator[Managing]:
    """Open the transaction in which the caller changes members. The caller's token or sign-in determines ``proof``.

    Raises FORBIDDEN if the caller may no longer manage members.
    """
    tenant = current_tenant()
    with acting_for(tenant, proof=proof), in_transaction():
        transitions.lock_members(tenant.id)
        permissions = _permissions_now(tenant)
        if MANAGE_MEMBERS not in permissions or not transitions.may_manage():
            raise NormalizedError("FORBIDDEN", FORBIDDEN_WITHOUT_PROOF, details={"permission": MANAGE_MEMBERS})
        yield Managing(tenant, permissions)


def _permissions_now(tenant: TenantRef) -> frozenset[str]:
    # They may have changed since the request began.
    principal = current_principal()
    if principal.kind != "member":
        return manageable(principal.role, principal.permissions)
    member = queries.member_by_user(tenant.id, uuid.UUID(principal.id))
    return permissions_of(member.role) if member is not None and member.active else frozenset()


def check_role(role: str) -> str:
    """Check that a member can have a role, and return the role. Raises BAD_USER_INPUT for any other role."""
    if role not in MEMBER_ROLES:
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"{role[:64]!r} is not a role of members. Choose one of {', '.join(MEMBER_ROLES)}.",
            path=["role"],
        )
    return role


def require_other_owner(tenant: TenantRef, member: queries.MemberRow) -> None:
    """Raise CONFLICT if the member is the tenant's last owner who can sign in."""
    # Inside `managing`, whose lock keeps the answer valid.
    if member.role == OWNER and queries.other_owners(tenant.id, member.id) == 0:
        raise NormalizedError(
            "CONFLICT",
            f"{member.email} is the last owner of the tenant, and a tenant always has an owner. Make another member an owner first.",
            details={"reason": "last_owner"},
        )
