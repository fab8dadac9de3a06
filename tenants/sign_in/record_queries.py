"""Finds the tenants of a person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.sql import fetch

TENANTS = "SELECT tenant_id FROM membership WHERE user_id = %s ORDER BY tenant_id"
BY_EMAIL = """
SELECT p.email, p.id, array_remove(array_agg(m.tenant_id ORDER BY m.tenant_id), NULL)
FROM person p LEFT JOIN membership m ON m.user_id = p.id WHERE p.email = ANY(%s) GROUP BY p.email, p.id
"""


@dataclass(frozen=True)
class Found:
    """A person, with the tenants to which the person belongs."""

    id: uuid.UUID
    tenants: Sequence[uuid.UUID]


def tenants_of(user_id: uuid.UUID) -> list[uuid.UUID]:
    return [tenant_id for (tenant_id,) in fetch(TENANTS, [user_id])]


def people_of_emails(emails: Sequence[str]) -> dict[str, Found]:
    return (
        {email: Found(row_id, tenants) for email, row_id, tenants in fetch(BY_EMAIL, [list(emails)])} if emails else {}
    )
