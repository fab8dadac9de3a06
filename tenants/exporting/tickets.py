"""Tickets with which an owner downloads an export."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from automate.audit import services as audit
from automate.kernel.cursors import CursorSpace
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import TenantRef, current_tenant
from automate.kernel.text import check_text
from automate.kernel.transactions import in_transaction

GOOD_FOR = timedelta(minutes=15)
"""How long a ticket is valid. A download that has started can take longer."""
_TIME = struct.Struct(">q")


@dataclass(frozen=True)
class Ticket:
    text: str
    expires_at: datetime


def issue(reason: str) -> Ticket:
    """Issue a ticket for the export of the current tenant. Raises BAD_USER_INPUT for an invalid reason."""
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    tenant = current_tenant()
    expires_at = datetime.now(timezone.utc) + GOOD_FOR
    with in_transaction():
        audit.record("tenant.export", "tenant", tenant.id, tenant.slug, {"reason": (None, reason)})
    return Ticket(_space(tenant).seal(_TIME.pack(int(expires_at.timestamp()))), expires_at)


def check(tenant: TenantRef, text: str) -> None:
    """Raise FORBIDDEN for an expired ticket, or for a ticket of another tenant."""
    try:
        (until,) = _TIME.unpack(_space(tenant).open(text))
    except (NormalizedError, struct.error):
        until = 0
    if until < datetime.now(timezone.utc).timestamp():
        raise NormalizedError(
            "FORBIDDEN",
            "The ticket belongs to another tenant, or it is older than 15 minutes. Get a new URL from `exportTenant`.",
        )


def _space(tenant: TenantRef) -> CursorSpace:
    return CursorSpace("exportTenant", tenant.id.hex)
