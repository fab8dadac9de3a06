"""Checks whether the members who use open connections still have access to their tenants."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from automate.kernel.permissions import permissions_of
from automate.kernel.sql import fetch

# One row for each key that is still valid.
STILL_GOOD = """
SELECT k.place, m.role
FROM unnest(%s::int[], %s::uuid[], %s::uuid[], %s::text[]) AS k (place, user_id, tenant_id, proof)
JOIN membership m ON m.user_id = k.user_id AND m.tenant_id = k.tenant_id
JOIN person p ON p.id = m.user_id AND p.is_active
WHERE k.proof = '' OR EXISTS (
    SELECT FROM sign_in s WHERE s.proof = k.proof AND s.user_id = k.user_id AND s.expires_at > now())
"""


@dataclass(frozen=True)
class MemberKey:
    """Identifies the member who uses an open connection."""

    user_id: uuid.UUID
    tenant_id: uuid.UUID
    proof: str = field(default="", repr=False)
    """The proof of the sign-in; empty for a connection without one."""


def permissions_of_members(keys: Sequence[MemberKey]) -> dict[MemberKey, frozenset[str]]:
    """Return the permissions that members have now. A member without access to the tenant is not in the result.

    Requires the scope of the authentication role.
    """
    hashes = [hashlib.sha256(key.proof.encode()).hexdigest() if key.proof else "" for key in keys]
    rows = fetch(
        STILL_GOOD,
        [list(range(len(keys))), [key.user_id for key in keys], [key.tenant_id for key in keys], hashes],
    )
    return {keys[place]: permissions_of(role) for place, role in rows}
