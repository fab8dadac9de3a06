"""Chooses the tenant whose expired data is removed next."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from automate.kernel.ids import new_id
from automate.kernel.json_text import json_string
from automate.kernel.sql import as_set
from automate.kernel.tenancy import PUBLIC_SCHEMA, TenantRef, administering
from automate.retention.queries import SELECT_POLICIES, Policies, policies_from

LEASE_SECONDS = 300.0
"""A tenant whose sweeper was killed is swept again after this time."""
ADMIT = """
INSERT INTO retention_sweep (tenant_id, due_at)
SELECT t.id, now() + make_interval(secs => random() * %s) FROM tenant t
WHERE NOT EXISTS (SELECT 1 FROM retention_sweep s WHERE s.tenant_id = t.id)
ON CONFLICT DO NOTHING
"""
# A tenant whose policies changed does not wait. Its sweep starts again, with the current times.
HURRY = """
UPDATE retention_sweep s SET due_at = now(), places = places - 'step'
WHERE s.due_at > now() AND EXISTS (
    SELECT 1 FROM retention_policy p WHERE p.tenant_id = s.tenant_id AND p.changed_at > coalesce(s.swept_at, 'epoch'))
"""
TAKE = """
WITH next AS (
    SELECT tenant_id FROM retention_sweep WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE retention_sweep s SET due_at = now() + make_interval(secs => %s) FROM next, tenant t
WHERE s.tenant_id = next.tenant_id AND t.id = s.tenant_id
RETURNING t.id, t.schema_name, t.slug, t.created_at, s.places::text
"""
GIVE_BACK = """
UPDATE retention_sweep SET places = %s, swept_at = now(), due_at = now() + make_interval(secs => %s) WHERE tenant_id = %s
"""
# Committed before rows are removed: a reader that misses a row must find the reason. While the mark is unchanged,
# nothing is written and no commit waits for the disk.
MARK = """
INSERT INTO retention_policy AS p (id, tenant_id, data_class, removed_before, changed_at)
SELECT n.id, %(tenant)s, n.name, n.before, 'epoch'
FROM json_to_recordset(%(rows)s::json) AS n (id uuid, name text, before timestamptz)
LEFT JOIN retention_policy k ON k.tenant_id = %(tenant)s AND k.data_class = n.name
WHERE k.removed_before IS NULL OR k.removed_before < n.before
ON CONFLICT (tenant_id, data_class) DO UPDATE SET removed_before = greatest(p.removed_before, excluded.removed_before)
WHERE p.removed_before IS NULL OR p.removed_before < excluded.removed_before
"""
FORGET = "DELETE FROM retention_sweep s WHERE NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id = s.tenant_id)"


@dataclass
class Turn:
    """The turn of one tenant. During the turn, the tenant's expired data is removed."""

    tenant: TenantRef
    created_at: datetime
    befores: dict[str, str] = field(default_factory=dict)
    """Data class -> the time before which this sweep removes rows, as it was at the start of the sweep."""
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Step -> its position."""
    step: str = ""
    """The name of the step that continues; empty for a new sweep."""

    def as_json(self) -> str:
        return json_string({"befores": self.befores, "places": self.places, "step": self.step})


def admit(connection: BaseDatabaseWrapper) -> None:
    """Add new tenants to the sweep, and remove deleted tenants from it.

    A tenant whose retention has changed becomes due at once.
    """
    with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
        cursor.execute(ADMIT, [settings.RETENTION_EVERY_SECONDS])
        cursor.execute(HURRY)
        cursor.execute(FORGET)


def take(connection: BaseDatabaseWrapper) -> Turn | None:
    """Claim the tenant with the earliest due time. The claim lasts LEASE_SECONDS. Return None if no tenant is due."""
    with _quickly(connection) as cursor:
        cursor.execute(TAKE, [LEASE_SECONDS])
        row = cursor.fetchone()
    if row is None:
        return None
    tenant_id, schema, slug, created_at, places = row
    stored = json.loads(places)
    return Turn(
        TenantRef(tenant_id, schema, slug),
        created_at,
        stored.get("befores", {}),
        {name: (at, after) for name, (at, after) in stored.get("places", {}).items()},
        stored.get("step", ""),
    )


def give_back(connection: BaseDatabaseWrapper, turn: Turn, seconds: float) -> None:
    """End a tenant's turn. The tenant becomes due again after ``seconds`` seconds."""
    with _quickly(connection) as cursor:
        cursor.execute(GIVE_BACK, [turn.as_json(), seconds, turn.tenant.id])


@contextmanager
def _quickly(connection: BaseDatabaseWrapper) -> Iterator[CursorWrapper]:
    # The commit does not wait for the disk. If a crash loses the commit, the sweep repeats its work.
    with (
        administering(PUBLIC_SCHEMA),
        transaction.atomic(using=connection.alias),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL synchronous_commit = off")
        yield cursor


def policies(connection: BaseDatabaseWrapper, tenant_id: uuid.UUID) -> Policies:
    """Return the tenant's current retention. Raises LookupError if the tenant no longer exists."""
    with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
        cursor.execute(SELECT_POLICIES, [tenant_id])
        return policies_from(cursor.fetchall())


def mark(connection: BaseDatabaseWrapper, turn: Turn, befores: Mapping[str, datetime]) -> None:
    """Record a time for each kind of data. Rows from before this time can be missing."""
    rows = [{"id": new_id(), "name": name, "before": before.isoformat()} for name, before in befores.items()]
    with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
        cursor.execute(MARK, {"tenant": turn.tenant.id, "rows": as_set(rows)})


def before_of(days: int, now: datetime, young_seconds: float) -> datetime:
    # Later rows are too young, or feeds may still read them.
    return now - max(timedelta(days=days), timedelta(seconds=young_seconds))
