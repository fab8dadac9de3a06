"""What tenants have spent of their budgets, as rows. Acts for the platform."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.sql import fetch

SLOTS = """
SELECT t.id, (SELECT count(*) FROM budget_slot s WHERE s.tenant_id = t.id AND s.working) FROM unnest(%s::uuid[]) AS t (id)
"""


def slots_of(tenant_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """The number of run slots that each tenant's runs hold."""
    return dict(fetch(SLOTS, [list(tenant_ids)]))
