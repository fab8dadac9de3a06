"""Reads tenants and tokens in the platform's scope."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.queries import Page, RowReader, Slice, count_of, page_of, rows_by_id
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef
from tenants.models import SUSPENDED
from tenants.token_rows import bounded_permissions

DELETES_AT = "(SELECT d.due_at FROM tenant_deletion d WHERE d.tenant_id = t.id)"


@dataclass(frozen=True)
class KnownTenant:
    """Facts about one tenant. Each request and each job needs these facts."""

    ref: TenantRef
    suspended: bool
    allowed_networks: tuple[str, ...]
    """The internal networks that the tenant's connectors may reach."""
    broken: bool = False
    """Whether a circuit breaker of the tenant is not closed."""
    deleting: bool = False
    """Whether the tenant's deletion is requested. Until the deletion, the tenant is suspended."""
    metered: bool = False
    """Whether the tenant has a budget of steps, calls or cost."""
    priced: bool = False
    """Whether the tenant's plan has prices."""


@dataclass(frozen=True)
class TokenRow:
    """A token with its permissions and its tenant."""

    id: uuid.UUID
    name: str
    role: str
    permissions: frozenset[str]
    """Empty for a token that has ended."""
    allowed_ips: tuple[str, ...] | None
    """None: all addresses."""
    tenant: KnownTenant | None
    """None: a platform token."""
    ended: str = ""
    """``revoked``, ``expired``, or empty while the token is valid."""
    person: str = ""
    """The id of the person who created the token, or empty."""


@dataclass(frozen=True)
class TenantRow:
    """A tenant, as operators see it."""

    id: uuid.UUID
    external_id: str
    slug: str
    name: str
    plan: str
    state: str
    created_at: datetime
    timezone: str
    deletes_at: datetime | None
    """The time of its permanent removal; None if no deletion is requested."""
    allowed_networks: tuple[str, ...]


def _networks(column: object) -> tuple[str, ...]:
    # Some connections return the column as JSON text, others as a list.
    entries = json.loads(column) if isinstance(column, str) else column
    return tuple(entries if isinstance(entries, list) else ())


_tenant = RowReader(TenantRow, "t", {"deletes_at": DELETES_AT}, allowed_networks=_networks)
# A page of tenants, or some by their ids.
SELECT_TENANTS = f"SELECT {_tenant.columns} FROM tenant AS t"


def all_tenants() -> list[TenantRef]:
    # For commands that an operator runs. No process reads all tenants regularly.
    return [TenantRef(*row) for row in fetch("SELECT id, schema_name, slug FROM tenant ORDER BY id")]


def tenants_page(part: Slice) -> Page[TenantRow]:
    return page_of(SELECT_TENANTS, "t.id", part, (), _tenant)


def count_tenants() -> int:
    return count_of("tenant", ())


def tenants_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, TenantRow]:
    return rows_by_id(_tenant, SELECT_TENANTS + " WHERE t.id = ANY(%s)", ids)


DELETING = "deleting"
TENANT_COLUMNS = f"""t.id, t.schema_name, t.slug,
       CASE WHEN EXISTS (SELECT 1 FROM tenant_deletion d WHERE d.tenant_id = t.id) THEN '{DELETING}' ELSE t.state END,
       t.allowed_networks,
       coalesce((SELECT l.broken FROM outbox_lane l WHERE l.tenant_id = t.id), false)"""
BY_SLUG = f"SELECT {TENANT_COLUMNS} FROM tenant t WHERE t.slug = %s"
# For workers, and for streams of the web process, which ask for many tenants at once.
AT_WORK = f"""{TENANT_COLUMNS},
       EXISTS (SELECT FROM budget b WHERE b.tenant_id = t.id AND b.metric IN ('steps', 'calls', 'cost')),
       EXISTS (SELECT FROM plan p WHERE p.slug = t.plan AND p.prices <> '{{}}')"""
BY_ID = f"SELECT {AT_WORK} FROM tenant t WHERE t.id = %s"
BY_IDS = f"SELECT {AT_WORK} FROM tenant t WHERE t.id = ANY (%s)"
BY_HOST = f"SELECT {TENANT_COLUMNS} FROM tenant t JOIN tenant_domain d ON d.tenant_id = t.id WHERE d.domain = %s"


def find_by_slug(slug: str) -> KnownTenant | None:
    return _first(BY_SLUG, slug)


def find_by_id(tenant_id: uuid.UUID) -> KnownTenant | None:
    return _first(BY_ID, tenant_id)


def find_by_ids(ids: Sequence[uuid.UUID]) -> list[KnownTenant]:
    # Unknown ids are left out.
    return [known_of(row) for row in fetch(BY_IDS, [list(ids)])]


def find_by_host(hostname: str) -> KnownTenant | None:
    return _first(BY_HOST, hostname)


SOME = f"SELECT {TENANT_COLUMNS} FROM tenant t ORDER BY random() LIMIT %s"


def some_tenants(count: int) -> list[TenantRef]:
    return [known_of(row).ref for row in fetch(SOME, [count])]


OWN_NAME = "SELECT name FROM public.tenant WHERE id = %s"


def own_name(tenant_id: uuid.UUID) -> str:
    """Return the name of the current tenant."""
    ((name,),) = fetch(OWN_NAME, [tenant_id])
    return str(name)


SLUGS = "SELECT id, slug FROM tenant WHERE id = ANY(%s)"


def slugs_of(tenant_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    return dict(fetch(SLUGS, [list(tenant_ids)]))


def _first(statement: str, value: str | uuid.UUID) -> KnownTenant | None:
    rows = fetch(statement, [value])
    return known_of(rows[0]) if rows else None


def known_of(row: Sequence[object]) -> KnownTenant:
    """Convert a database row to a tenant. The row has either the columns TENANT_COLUMNS or the columns AT_WORK."""
    tenant_id, schema, slug, state, networks, broken, *at_work = row
    return KnownTenant(
        ref=TenantRef(id=uuid.UUID(str(tenant_id)), schema=str(schema), slug=str(slug)),
        suspended=state in {SUSPENDED, DELETING},
        allowed_networks=_networks(networks),
        broken=bool(broken),
        deleting=state == DELETING,
        metered=bool(at_work and at_work[0]),
        priced=bool(at_work and at_work[1]),
    )


# The current role of the person who created a token. Null if no person created it, or the person is not an active
# member any more.
MAKER_ROLE = """
(SELECT m.role FROM public.membership m JOIN public.person p ON p.id = m.user_id
 WHERE p.is_active AND m.tenant_id = a.tenant_id AND m.user_id = nullif(a.created_by ->> 'person', '')::uuid)
"""
MADE_BY_PERSON = "coalesce(a.created_by ->> 'person', '') <> ''"
TOKEN = f"""
SELECT a.id, a.name, a.role, a.scopes, a.allowed_ips,
       CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked' WHEN a.expires_at <= now() THEN 'expired' ELSE '' END,
       a.created_by ->> 'person', {MAKER_ROLE}, {TENANT_COLUMNS}
FROM api_token a LEFT JOIN tenant t ON t.id = a.tenant_id
WHERE a.digest = %s
"""


def find_token(digest: str) -> TokenRow | None:
    # Even if the token is revoked or expired: web counts the uses of such tokens.
    rows = fetch(TOKEN, [digest])
    if not rows:
        return None
    token_id, name, role, scopes, allowed_ips, ended, person, maker_role, *tenant = rows[0]
    known = known_of(tenant) if tenant[0] is not None else None
    permissions = bounded_permissions(role, _texts(scopes), person, maker_role)
    if permissions is None:
        # The person who created the token has left the tenant.
        ended, permissions = ended or "revoked", frozenset()
    return TokenRow(token_id, name, role, permissions, _texts(allowed_ips), known, ended, person or "")


STILL_GOOD = f"""
SELECT a.id, a.role, a.scopes, a.created_by ->> 'person', {MAKER_ROLE} FROM api_token a
WHERE a.id = ANY(%s) AND a.revoked_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > now())
"""


def permissions_of_tokens(token_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, frozenset[str]]:
    """Return the permissions of each valid token. The result maps the id of the token to its permissions."""
    found = {}
    for token_id, role, scopes, person, maker_role in fetch(STILL_GOOD, [list(token_ids)]):
        permissions = bounded_permissions(role, _texts(scopes), person, maker_role)
        if permissions is not None:
            found[token_id] = permissions
    return found


def _texts(column: object) -> tuple[str, ...] | None:
    return None if column is None else _networks(column)
