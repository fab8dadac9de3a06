"""Every raw statement of the tenants' tables: what must be atomic, and what each request asks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import TenantRef
from tenants.models import SUSPENDED

TENANTS_LOCK = 0x74656E61
"""A Postgres advisory lock: changes of the list of tenants are rare, and one at a time needs no cleverness."""


@dataclass(frozen=True)
class Known:
    """A tenant as each request needs it. allowed_networks: what inside its connectors may reach."""

    ref: TenantRef
    suspended: bool
    allowed_networks: tuple[str, ...]


@dataclass(frozen=True)
class TokenRow:
    """A token that is good now. tenant: None for the platform's own."""

    id: uuid.UUID
    name: str
    role: str
    tenant: Known | None


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


TENANT_COLUMNS = "t.id, t.schema_name, t.slug, t.state, t.allowed_networks"
BY_SLUG = f"SELECT {TENANT_COLUMNS} FROM tenant t WHERE t.slug = %s"
BY_ID = f"SELECT {TENANT_COLUMNS} FROM tenant t WHERE t.id = %s"
BY_HOST = f"SELECT {TENANT_COLUMNS} FROM tenant t JOIN tenant_domain d ON d.tenant_id = t.id WHERE d.domain = %s"


def find_by_slug(slug: str) -> Known | None:
    return _first(BY_SLUG, slug)


def find_by_id(tenant_id: uuid.UUID) -> Known | None:
    return _first(BY_ID, tenant_id)


def find_by_host(hostname: str) -> Known | None:
    return _first(BY_HOST, hostname)


def _first(statement: str, value: str | uuid.UUID) -> Known | None:
    rows = fetch(statement, [value])
    return _known(rows[0]) if rows else None


def _known(row: Sequence[object]) -> Known:
    tenant_id, schema, slug, state, networks = row
    allowed = json.loads(networks) if isinstance(networks, str) else networks
    return Known(
        ref=TenantRef(id=uuid.UUID(str(tenant_id)), schema=str(schema), slug=str(slug)),
        suspended=state == SUSPENDED,
        allowed_networks=tuple(allowed if isinstance(allowed, list) else ()),
    )


# Unknown, revoked and expired are one and the same: no row.
GOOD_TOKEN = f"""
SELECT a.id, a.name, a.role, {TENANT_COLUMNS}
FROM api_token a LEFT JOIN tenant t ON t.id = a.tenant_id
WHERE a.digest = %s AND a.revoked_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > now())
"""


def find_token(digest: str) -> TokenRow | None:
    rows = fetch(GOOD_TOKEN, [digest])
    if not rows:
        return None
    token_id, name, role, *tenant = rows[0]
    return TokenRow(token_id, name, role, _known(tenant) if tenant[0] is not None else None)
