"""SQL that stores the addresses from which tokens were used."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db.backends.base.base import BaseDatabaseWrapper

from automate.kernel.limits import DAY_SECONDS
from automate.kernel.sql import as_set, fetch
from automate.kernel.tenancy import PUBLIC_SCHEMA, administering

Pair = tuple[uuid.UUID, str]
"""A token's id and an address."""
ADDRESS_KEPT_SECONDS = 90 * DAY_SECONDS
"""An address is new again if the token was not used from it for this long."""

# In a fixed order, so that two processes do not deadlock.
WRITE = """
INSERT INTO public.api_token_use (token_id, tenant_id, address, used_at)
SELECT token_id, tenant_id, address, date_trunc('minute', now() - make_interval(secs => age))
FROM json_to_recordset(%s::json) AS u (token_id uuid, tenant_id uuid, address text, age float8)
ORDER BY token_id, address
ON CONFLICT (token_id, address) DO UPDATE SET used_at = greatest(api_token_use.used_at, excluded.used_at)
RETURNING token_id, address, xmax = 0
"""
FORGET = """
DELETE FROM public.api_token_use WHERE tenant_id = %s AND used_at < now() - make_interval(secs => %s)
"""


def write_uses(used: Mapping[Pair, tuple[uuid.UUID | None, float]]) -> set[Pair]:
    # Returns the new pairs of token and address. `used`: pair -> tenant, and the seconds since the use.
    rows = [
        {"token_id": str(token_id), "tenant_id": str(tenant_id) if tenant_id else None, "address": address, "age": age}
        for (token_id, address), (tenant_id, age) in used.items()
    ]
    return {(token_id, address) for token_id, address, is_new in fetch(WRITE, [as_set(rows)]) if is_new}


def forget_addresses(connection: BaseDatabaseWrapper, tenant_id: uuid.UUID) -> int:
    # `connection` has the login of the tables' owner.
    with administering(PUBLIC_SCHEMA), connection.cursor() as cursor:
        cursor.execute(FORGET, [tenant_id, ADDRESS_KEPT_SECONDS])
        return int(cursor.rowcount)
