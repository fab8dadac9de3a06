"""The results of authentication."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal
from automate.kernel.tenancy import TenantRef

Face = Literal["tenant", "platform", "account"]
"""The schema that answers the requests of a credential."""


@dataclass(frozen=True)
class Credential:
    """The authenticated caller of a request."""

    principal: Principal
    tenant: TenantRef | None
    """The tenant of the token or of the member. None for a platform token and for a person without a tenant."""
    suspended: bool
    """Whether the tenant is suspended."""
    proof: str = field(default="", repr=False)
    """The proof of the token or of the session, for row-level security."""
    purse: str = ""
    """The key of the person or of the address whose points are spent. Used at ``/graphql/account``, where no
    tenant exists."""

    @property
    def face(self) -> Face:
        if self.tenant is not None:
            return "tenant"
        return "account" if self.purse else "platform"

    def require_active(self) -> None:
        """Raise TENANT_SUSPENDED if the caller's tenant is suspended."""
        if self.suspended:
            raise tenant_suspended()


@dataclass(frozen=True)
class Admitted:
    """A valid token."""

    credential: Credential
    allowed_ips: tuple[str, ...] | None
    """The networks from which the token may be used; None for all addresses."""


def tenant_suspended() -> NormalizedError:
    return NormalizedError(
        "TENANT_SUSPENDED",
        "This tenant is suspended, so accepted work waits and new work is refused. Ask your provider to resume the tenant.",
    )
