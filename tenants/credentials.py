"""Who a caller is, as authentication found out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal
from automate.kernel.tenancy import TenantRef

Face = Literal["tenant", "platform", "account"]
"""Which of the three schemas answers a credential's requests."""


@dataclass(frozen=True)
class Credential:
    """tenant: whom the token or the member speaks for, None for the platform's own token and for a person without a tenant.
    suspended: whether that tenant is.
    proof: of the token or the session, for row-level security.
    purse: whose points are spent at ``/graphql/account``, where there is no tenant: a person's or an address's.
    """

    principal: Principal
    tenant: TenantRef | None
    suspended: bool
    proof: str = field(default="", repr=False)
    purse: str = ""

    @property
    def face(self) -> Face:
        if self.tenant is not None:
            return "tenant"
        return "account" if self.purse else "platform"

    def require_active(self) -> None:
        """Raise NormalizedError TENANT_SUSPENDED for a suspended tenant's token."""
        if self.suspended:
            raise tenant_suspended()


@dataclass(frozen=True)
class Admitted:
    """A good token. allowed_ips: where it may be used; None for everywhere."""

    credential: Credential
    allowed_ips: tuple[str, ...] | None


def tenant_suspended() -> NormalizedError:
    return NormalizedError(
        "TENANT_SUSPENDED",
        "This tenant is suspended: what was accepted waits, and nothing new is taken. Ask your provider to resume it.",
    )
