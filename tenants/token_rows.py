"""The rows of tokens. This module imports no Django."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from automate.kernel.json_values import JsonValue
from automate.kernel.permissions import permissions_of, token_permissions

ACTIVE, EXPIRED, REVOKED = "active", "expired", "revoked"
COMPUTED = frozenset({"state", "used_at", "used_from", "maker_role"})
"""The fields of TokenDetails that are no columns of ``api_token``."""


@dataclass(frozen=True)
class TokenDetails:
    """A token without its value."""

    id: uuid.UUID
    name: str
    prefix: str
    role: str
    scopes: tuple[str, ...] | None
    """None: all permissions of the role."""
    allowed_ips: tuple[str, ...] | None
    """CIDRs; None: all addresses."""
    created_by: Mapping[str, JsonValue] | None
    """The Principal {kind, id, name}; None: unknown."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    state: str
    """ACTIVE, EXPIRED or REVOKED."""
    used_at: datetime | None
    """The time of the last use, to the minute; None: not used yet."""
    used_from: str | None
    maker_role: str | None
    """The current role of the person who created the token. None where no person created it, or the person has left."""

    @property
    def permissions(self) -> frozenset[str]:
        """The permissions of this token. Empty if its creator has left the tenant."""
        person = self.created_by.get("person") if self.created_by is not None else None
        return (
            bounded_permissions(self.role, self.scopes, None if person is None else str(person), self.maker_role)
            or frozenset()
        )


STORED = tuple(field.name for field in fields(TokenDetails) if field.name not in COMPUTED)
"""The columns of ``api_token`` that are read. ``tenants.grants`` gives the right to these columns."""


def bounded_permissions(
    role: str, scopes: tuple[str, ...] | None, person: str | None, maker_role: str | None
) -> frozenset[str] | None:
    # A person's token has at most the person's current permissions. None if the person has left the tenant.
    own = token_permissions(role, scopes)
    if not person:
        return own
    return None if maker_role is None else own & permissions_of(maker_role)
