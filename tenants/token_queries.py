"""Reads and revokes the tokens of tenants, and changes the expiry of tokens."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from automate.kernel.queries import Condition, Page, RowReader, Slice, count_of, page_of, rows_by_id
from automate.kernel.sql import execute, fetch
from tenants.queries import MADE_BY_PERSON, MAKER_ROLE
from tenants.token_rows import ACTIVE, EXPIRED, REVOKED, TokenDetails

# A token ends when the person who created it leaves the tenant.
ENDED_WITH_MAKER = f"({MADE_BY_PERSON} AND {MAKER_ROLE} IS NULL)"
GOOD = f"a.revoked_at IS NULL AND (a.expires_at IS NULL OR a.expires_at > now()) AND NOT {ENDED_WITH_MAKER}"
TOKENS = "public.api_token AS a"
PROVEN = "SELECT public.automate_tenant_proven()"
# Tokens of one tenant are created one at a time, so that the count is exact.
LOCK_CREATION = "SELECT pg_advisory_xact_lock(hashtextextended('tokens ' || %s, 0))"
COUNT_GOOD = f"SELECT count(*) FROM {TOKENS} WHERE a.tenant_id = %s AND {GOOD}"
REVOKE = f"UPDATE {TOKENS} SET revoked_at = now() WHERE a.id = ANY(%s) AND a.revoked_at IS NULL RETURNING a.id"
# A token that expires earlier keeps its time.
END_IN = """
UPDATE public.api_token AS a SET expires_at = least(a.expires_at, now() + make_interval(secs => %s))
WHERE a.id = ANY(%s) AND a.revoked_at IS NULL RETURNING a.id
"""


def _texts(column: str) -> tuple[str, ...]:
    return tuple(json.loads(column))


_COMPUTED = {
    "state": f"CASE WHEN a.revoked_at IS NOT NULL OR {ENDED_WITH_MAKER} THEN '{REVOKED}' WHEN {GOOD} THEN '{ACTIVE}' ELSE '{EXPIRED}' END",
    "used_at": "used.used_at",
    "used_from": "used.address",
    "maker_role": MAKER_ROLE,
}
_details = RowReader(
    TokenDetails,
    "a",
    _COMPUTED | {name: f"a.{name}::text" for name in ("scopes", "allowed_ips", "created_by")},
    scopes=_texts,
    allowed_ips=_texts,
    created_by=json.loads,
)
SELECT_TOKENS = f"""
SELECT {_details.columns} FROM {TOKENS} LEFT JOIN LATERAL (
    SELECT u.used_at, u.address FROM public.api_token_use AS u WHERE u.token_id = a.id ORDER BY u.used_at DESC LIMIT 1
) AS used ON true
"""
# A token that rotated another one made its successor.
MADE_WITH = f"""
WITH RECURSIVE made AS (
    SELECT a.id FROM public.api_token AS a WHERE a.tenant_id = %s AND a.created_by ->> 'id' = %s
    UNION
    SELECT a.id FROM public.api_token AS a JOIN made ON a.created_by ->> 'id' = made.id::text WHERE a.tenant_id = %s
)
{SELECT_TOKENS} WHERE a.id IN (SELECT id FROM made) AND a.id <> %s AND {GOOD} ORDER BY a.id
"""


def tokens_page(tenant_id: uuid.UUID, part: Slice, *, active: bool = False) -> Page[TokenDetails]:
    """Return a page of a tenant's tokens."""
    return page_of(SELECT_TOKENS, "a.id", part, _conditions(tenant_id, active=active), _details)


def count_tokens(tenant_id: uuid.UUID, *, active: bool = False) -> int:
    return count_of(TOKENS, _conditions(tenant_id, active=active))


def tokens_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, TokenDetails]:
    """Return tokens by id."""
    return rows_by_id(_details, SELECT_TOKENS + " WHERE a.id = ANY(%s)", ids)


def token_of(tenant_id: uuid.UUID, token_id: uuid.UUID) -> TokenDetails | None:
    rows = fetch(SELECT_TOKENS + " WHERE a.tenant_id = %s AND a.id = %s", [tenant_id, token_id])
    return _details(rows[0]) if rows else None


def good_tokens_made_with(tenant_id: uuid.UUID, token_id: uuid.UUID) -> list[TokenDetails]:
    # Directly or through other tokens, which need not be active.
    return [_details(row) for row in fetch(MADE_WITH, [tenant_id, str(token_id), tenant_id, token_id])]


def good_tokens_named(tenant_id: uuid.UUID, name: str) -> list[uuid.UUID]:
    return [
        token_id
        for (token_id,) in fetch(
            f"SELECT a.id FROM {TOKENS} WHERE a.tenant_id = %s AND a.name = %s AND {GOOD}", [tenant_id, name]
        )
    ]


def lock_creation(tenant_id: uuid.UUID) -> int:
    # Returns the number of the tenant's active tokens.
    execute(LOCK_CREATION, [str(tenant_id)])
    ((count,),) = fetch(COUNT_GOOD, [tenant_id])
    return int(count)


def may_write() -> bool:
    return fetch(PROVEN) == [(True,)]


def revoke(ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Revoke tokens. Returns the ids of the tokens that this call revoked."""
    return [token_id for (token_id,) in fetch(REVOKE, [list(ids)])]


def end_in(ids: Sequence[uuid.UUID], seconds: int) -> list[uuid.UUID]:
    # Without revoked tokens.
    return [token_id for (token_id,) in fetch(END_IN, [seconds, list(ids)])]


def _conditions(tenant_id: uuid.UUID, *, active: bool) -> list[Condition]:
    conditions = [Condition("a.tenant_id = %s", (tenant_id,))]
    return [*conditions, Condition(GOOD, ())] if active else conditions
