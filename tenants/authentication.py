"""From a token to who acts, and for whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import permissions_of
from automate.kernel.principals import Principal
from automate.kernel.roles import AUTHENTICATION_ROLE
from automate.kernel.tenancy import TenantRef, acting_for_platform
from tenants.lanes import remember_token
from tenants.queries import find_token
from tenants.tokens import digest_of, operator_proof


@dataclass(frozen=True)
class Credential:
    """tenant: whom the token speaks for, None for the platform's own. suspended: whether that tenant is.
    proof: of a platform token, for row-level security; empty for a tenant's.
    """

    principal: Principal
    tenant: TenantRef | None
    suspended: bool
    proof: str = field(default="", repr=False)

    def require_active(self) -> None:
        """Raise NormalizedError TENANT_SUSPENDED for a suspended tenant's token."""
        if self.suspended:
            raise tenant_suspended()


def tenant_suspended() -> NormalizedError:
    return NormalizedError(
        "TENANT_SUSPENDED",
        "This tenant is suspended: what was accepted waits, and nothing new is taken. Ask your provider to resume it.",
    )


def authenticate(token: str) -> Credential:
    """Who a token is, by one statement.

    Raises NormalizedError UNAUTHENTICATED, the same for an unknown, a revoked and an expired token.
    """
    digest = digest_of(token)
    found = None
    if digest is not None:
        with acting_for_platform("authentication", AUTHENTICATION_ROLE):
            found = find_token(digest)
    if found is None or digest is None:
        raise NormalizedError(
            "UNAUTHENTICATED", "The token is not valid. Send a current one as `Authorization: Bearer <token>`."
        )
    remember_token(digest, found.tenant.ref if found.tenant else None)
    return Credential(
        principal=Principal(
            kind="api_token" if found.tenant else "operator",
            name=found.name,
            id=str(found.id),
            role=found.role,
            permissions=permissions_of(found.role),
        ),
        tenant=found.tenant.ref if found.tenant else None,
        suspended=found.tenant is not None and found.tenant.suspended,
        proof="" if found.tenant else operator_proof(token),
    )
