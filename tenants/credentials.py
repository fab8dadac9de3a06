"""Who a caller is, as authentication found out."""

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
    """A valid token."""

    credential: Credential
    allowed_ips: tuple[str, ...] | None


def tenant_suspended() -> NormalizedError:
    return NormalizedError(
        "TENANT_SUSPENDED",
        "This tenant is suspended: what was accepted waits, and nothing new is taken. Ask your provider to resume it.",
    )
