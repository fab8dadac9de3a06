"""Reads and writes the requested deletions of tenants."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.json_text import json_string
from automate.kernel.sql import fetch, fetch_value

# A repeated request changes nothing: the days count from the first request.
REQUEST = """
INSERT INTO public.tenant_deletion (tenant_id, reason, requested_by, requested_at, due_at, was_held)
SELECT %(tenant)s, %(reason)s, %(by)s::jsonb, now(), now() + make_interval(secs => %(seconds)s),
       coalesce((SELECT held FROM public.outbox_lane WHERE tenant_id = %(tenant)s), false)
ON CONFLICT (tenant_id) DO NOTHING
RETURNING due_at
"""
FIND = "SELECT requested_at, due_at, reason FROM public.tenant_deletion WHERE tenant_id = %s"
CANCEL = "DELETE FROM public.tenant_deletion WHERE tenant_id = %s AND due_at > now() RETURNING was_held"


@dataclass(frozen=True)
class Deletion:
    """A requested deletion of a tenant."""

    requested_at: datetime
    due_at: datetime
    """The time from which the data is removed permanently."""
    reason: str


def request_deletion(tenant_id: uuid.UUID, reason: str, by: Mapping[str, str], seconds: float) -> tuple[Deletion, bool]:
    # Also returns whether the request is the first one. Requires a transaction.
    values = {"tenant": tenant_id, "reason": reason, "by": json_string(by), "seconds": seconds}
    news = bool(fetch(REQUEST, values))
    (row,) = fetch(FIND, [tenant_id])
    return Deletion(*row), news


def cancel_deletion(tenant_id: uuid.UUID) -> bool | None:
    """Cancel the requested deletion of a tenant.

    Returns whether the tenant was suspended before the deletion was requested. Returns None if no deletion was requested.
    """
    suspended: bool | None = fetch_value(CANCEL, [tenant_id])
    return suspended
