"""SQL statements about counts of actions. Each row counts one action in one minute."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.sql import as_set, execute, fetch

NO_TENANT = "'00000000-0000-0000-0000-000000000000'::uuid"
# In one order, so that two processes cannot deadlock.
WRITE = f"""
INSERT INTO public.audit_tally AS t (tenant_id, minute, action, reason, who, actor, object, addresses, times)
SELECT tenant_id, date_trunc('minute', now()), action, reason, who, actor, object, addresses, times
FROM json_to_recordset(%s::json) AS r (tenant_id uuid, action text, reason text, who text, actor jsonb, object jsonb,
     addresses jsonb, times bigint)
ORDER BY tenant_id, action, reason, who
ON CONFLICT (minute, (coalesce(tenant_id, {NO_TENANT})), action, reason, who) DO UPDATE
SET times = t.times + excluded.times,
    addresses = (SELECT coalesce(jsonb_agg(a ORDER BY a), '[]') FROM (
        SELECT DISTINCT a FROM jsonb_array_elements_text(t.addresses || excluded.addresses) AS x (a) ORDER BY a LIMIT 10) AS kept)
"""
# A counting statement ends well within a minute. So nothing is added to a minute that ended more than a minute ago.
OVER = "minute < date_trunc('minute', now()) - interval '1 minute'"
DUE = f"""
SELECT t.id, t.schema_name, t.slug FROM public.tenant AS t
WHERE t.id IN (SELECT a.tenant_id FROM public.audit_tally AS a WHERE a.{OVER}) ORDER BY t.id LIMIT %s
"""
TAKE = f"""
DELETE FROM public.audit_tally WHERE tenant_id IS NOT DISTINCT FROM %s AND {OVER}
RETURNING minute, tenant_id, action, reason, who, actor::text, object::text, addresses::text, times
"""


@dataclass(frozen=True)
class TallyRow:
    """A count for one minute: how often an action happened with this reason and this ``who``."""

    tenant_id: uuid.UUID | None
    action: str
    reason: str
    who: str
    """A principal's id or a network."""
    actor: Mapping[str, str]
    """``{kind, id, name}``."""
    object: Mapping[str, str]
    """``{kind, id, label}``."""
    addresses: Sequence[str]
    times: int


def write_tallies(rows: Sequence[TallyRow]) -> None:
    """Add these counts of actions to the stored counts of the current minute."""
    columns = [
        {
            "tenant_id": row.tenant_id,
            "action": row.action,
            "reason": row.reason,
            "who": row.who,
            "actor": dict(row.actor),
            "object": dict(row.object),
            "addresses": list(row.addresses),
            "times": row.times,
        }
        for row in rows
    ]
    execute(WRITE, [as_set(columns)])


def tenants_due(most: int) -> list[tuple[uuid.UUID, str, str]]:
    """Return (id, schema, slug) of at most ``most`` tenants. Each tenant has counts for minutes that have ended."""
    return [(tenant_id, schema, slug) for tenant_id, schema, slug in fetch(DUE, [most])]


def take_tallies(connection: BaseDatabaseWrapper, tenant_id: uuid.UUID | None) -> dict[datetime, list[TallyRow]]:
    """Delete the counts of a tenant's past minutes, and return them.

    If ``tenant_id`` is None, delete and return the platform's own counts.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [tenant_id])
        found = cursor.fetchall()
    taken: dict[datetime, list[TallyRow]] = {}
    for minute, *row in sorted(found, key=lambda one: one[0]):
        taken.setdefault(minute, []).append(_tally(*row))
    return taken


def _tally(  # noqa: PLR0917 - the columns of TAKE
    tenant_id: uuid.UUID | None, action: str, reason: str, who: str, actor: str, about: str, addresses: str, times: int
) -> TallyRow:
    return TallyRow(tenant_id, action, reason, who, json.loads(actor), json.loads(about), json.loads(addresses), times)
