"""SQL that changes retention times."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from automate.kernel.ids import new_id
from automate.kernel.sql import as_set, execute, fetch

SETTING = 0x72657464
"""The first half of the key of an advisory lock. A transaction that sets a tenant's policies takes this lock,
because a missing row cannot be locked."""
LOCK = f"SELECT pg_advisory_xact_lock({SETTING}, hashtext(%s))"
SET_DAYS = """
INSERT INTO public.retention_policy AS p (id, tenant_id, data_class, days, changed_at)
SELECT n.id, %(tenant)s, n.name, n.days, now() FROM json_to_recordset(%(rows)s::json) AS n (id uuid, name text, days int)
ON CONFLICT (tenant_id, data_class) DO UPDATE SET days = excluded.days, changed_at = excluded.changed_at
"""
HOLD = """
INSERT INTO public.retention_policy AS p (id, tenant_id, data_class, hold_reason, held_at, changed_at)
SELECT n.id, %(tenant)s, n.name, %(reason)s, now(), now() FROM json_to_recordset(%(rows)s::json) AS n (id uuid, name text)
ON CONFLICT (tenant_id, data_class) DO UPDATE
SET hold_reason = excluded.hold_reason, held_at = coalesce(p.held_at, excluded.held_at), changed_at = excluded.changed_at
"""
RELEASE = """
UPDATE public.retention_policy SET hold_reason = '', held_at = NULL, changed_at = now()
WHERE tenant_id = %s AND data_class = ANY (%s) AND hold_reason <> ''
"""


def lock(tenant_id: uuid.UUID) -> None:
    """Lock a tenant's retention times until the transaction ends."""
    fetch(LOCK, [str(tenant_id)])


def set_days(tenant_id: uuid.UUID, days: Mapping[str, int | None]) -> None:
    rows = [{"id": new_id(), "name": name, "days": value} for name, value in days.items()]
    execute(SET_DAYS, {"tenant": tenant_id, "rows": as_set(rows)})


def hold(tenant_id: uuid.UUID, names: Sequence[str], reason: str) -> None:
    rows = [{"id": new_id(), "name": name} for name in names]
    execute(HOLD, {"tenant": tenant_id, "reason": reason, "rows": as_set(rows)})


def release(tenant_id: uuid.UUID, names: Sequence[str]) -> None:
    execute(RELEASE, [tenant_id, list(names)])
