"""What must be atomic among tenants: who changes the list of them, and who takes which spare schema."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from automate.kernel.errors import NormalizedError
from automate.kernel.sql import execute, fetch

PROVEN = "SELECT public.automate_operator_proven()"


def require_operator() -> None:
    """Raise NormalizedError FORBIDDEN where row-level security would refuse the operator's writes."""
    if fetch(PROVEN) != [(True,)]:
        raise NormalizedError(
            "FORBIDDEN",
            "This platform token cannot write: it was issued by an older release, or revoked a moment ago. Issue a new one"
            " with `automate platform-token`, which needs AUTOMATE_ADMIN_DATABASE_URL.",
        )


UNKNOWN_ZONES = "SELECT zone FROM unnest(%s::text[]) AS z (zone) WHERE zone NOT IN (SELECT name FROM pg_timezone_names)"


def unknown_zones(zones: Collection[str]) -> list[str]:
    """The time zones that PostgreSQL does not know: a tenant that has one could begin no run."""
    return [zone for (zone,) in fetch(UNKNOWN_ZONES, [sorted(zones)])] if zones else []


TENANTS_LOCK = 0x74656E61
"""A Postgres advisory lock: changes of the list of tenants are rare, and one at a time needs no cleverness."""


def lock_tenants() -> None:
    """Until the transaction ends, nobody else changes which tenants there are."""
    execute("SELECT pg_advisory_xact_lock(%s)", [TENANTS_LOCK])


# The oldest schemas that nobody else is about to take. An array, not IN: a join may run the subquery again for each
# row, and then more than LIMIT go.
CLAIM_SPARES = """
DELETE FROM spare_schema WHERE tenant_id = ANY (ARRAY(
    SELECT tenant_id FROM spare_schema ORDER BY tenant_id LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING tenant_id
"""


def claim_spare_schemas(count: int) -> list[uuid.UUID]:
    """At most count ids of tenants whose schemas are ready; they are the caller's once it commits."""
    return [tenant_id for (tenant_id,) in fetch(CLAIM_SPARES, [count])] if count else []


# A larger demand than one that is still standing wins; asking again keeps it alive.
DEMAND_SPARES = """
INSERT INTO spare_demand (id, wanted, asked_at) VALUES (1, %(wanted)s, now())
ON CONFLICT (id) DO UPDATE SET asked_at = now(), wanted = CASE
    WHEN spare_demand.asked_at < now() - make_interval(secs => %(standing)s) THEN excluded.wanted
    ELSE greatest(spare_demand.wanted, excluded.wanted) END
"""
WANTED_SPARES = "SELECT wanted FROM spare_demand WHERE asked_at >= now() - make_interval(secs => %(standing)s)"
DEMAND_STANDS_SECONDS = 300.0


def demand_spare_schemas(count: int) -> None:
    """Say how many spare schemas a call needs at once; the scheduler makes as many."""
    execute(DEMAND_SPARES, {"wanted": count, "standing": DEMAND_STANDS_SECONDS})


def drop_demand() -> None:
    """What was asked for has been found."""
    execute("DELETE FROM spare_demand")
