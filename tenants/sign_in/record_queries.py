"""Whose tenants read what people do to sign in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.sql import fetch

TENANTS = "SELECT tenant_id FROM membership WHERE user_id = %s ORDER BY tenant_id"
BY_EMAIL = """
SELECT p.email, m.tenant_id FROM person p LEFT JOIN membership m ON m.user_id = p.id WHERE p.email = ANY(%s)
ORDER BY p.email, m.tenant_id
"""


def tenants_of(user_id: uuid.UUID) -> list[uuid.UUID]:
    """The tenants of which a person is a member."""
    return [tenant_id for (tenant_id,) in fetch(TENANTS, [user_id])]


def memberships_of_emails(emails: Sequence[str]) -> list[tuple[str, uuid.UUID | None]]:
    """Each person with one of the addresses, and each tenant of the person; None for a person without one."""
    return [(email, tenant_id) for email, tenant_id in fetch(BY_EMAIL, [list(emails)])]
