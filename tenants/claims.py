"""Locks the list of tenants, and assigns prepared schemas."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import execute, fetch

PROVEN = "SELECT public.automate_operator_proven()"


def require_operator() -> None:
    """Raise FORBIDDEN if the caller's platform token can only read. Row-level security would refuse the token's changes."""
    if fetch(PROVEN) != [(True,)]:
        raise NormalizedError(
            "FORBIDDEN",
            "This platform token may only read, because an older release issued it or because it has just been revoked. Issue"
            " a new one with `automate platform-token`, which needs AUTOMATE_ADMIN_DATABASE_URL.",
        )


UNKNOWN_ZONES = "SELECT zone FROM unnest(%s::text[]) AS z (zone) WHERE zone NOT IN (SELECT name FROM pg_timezone_names)"


def unknown_zones(zones: Collection[str]) -> list[str]:
    # Names that PostgreSQL does not know. A tenant with such a zone could start no run.
    return [zone for (zone,) in fetch(UNKNOWN_ZONES, [sorted(zones)])] if zones else []


TENANTS_LOCK = 0x74656E61
"""Key of an advisory lock. The list of tenants changes rarely, so one change at a time is enough."""


def lock_tenants() -> None:
    execute("SELECT pg_advisory_xact_lock(%s)", [TENANTS_LOCK])


# The oldest schemas that no other transaction is claiming. An array, not IN: a join may run the subquery again for each
# row, and would then remove more than LIMIT rows.
CLAIM_SPARES = """
DELETE FROM spare_schema WHERE tenant_id = ANY (ARRAY(
    SELECT tenant_id FROM spare_schema ORDER BY tenant_id LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING tenant_id
"""


def claim_spare_schemas(count: int) -> list[uuid.UUID]:
    # A rollback returns the schemas.
    return [tenant_id for (tenant_id,) in fetch(CLAIM_SPARES, [count])] if count else []


# A larger demand that has not expired stays; a repeated demand extends it.
DEMAND_SPARES = """
INSERT INTO spare_demand (id, wanted, asked_at) VALUES (1, %(wanted)s, now())
ON CONFLICT (id) DO UPDATE SET asked_at = now(), wanted = CASE
    WHEN spare_demand.asked_at < now() - make_interval(secs => %(standing)s) THEN excluded.wanted
    ELSE greatest(spare_demand.wanted, excluded.wanted) END
"""
WANTED_SPARES = "SELECT wanted FROM spare_demand WHERE asked_at >= now() - make_interval(secs => %(standing)s)"
DEMAND_STANDS_SECONDS = 300.0


def demand_spare_schemas(count: int) -> None:
    # The scheduler then creates them.
    execute(DEMAND_SPARES, {"wanted": count, "standing": DEMAND_STANDS_SECONDS})


def drop_demand() -> None:
    execute("DELETE FROM spare_demand")
