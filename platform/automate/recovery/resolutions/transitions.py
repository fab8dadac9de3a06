"""SQL that writes resolutions of groups of failures."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch

FORGOTTEN_AT_ONCE = 100

# Waits for another person who resolves the same group; then the later resolution counts.
WRITE = """
INSERT INTO failure_resolution (id, kind, fingerprint, reason, resolved_by, resolved_at, last_at)
VALUES (%(id)s, %(kind)s, %(fingerprint)s, %(reason)s, %(by)s, now(), %(last_at)s)
ON CONFLICT (kind, fingerprint) DO UPDATE SET reason = excluded.reason, resolved_by = excluded.resolved_by,
    resolved_at = excluded.resolved_at, last_at = excluded.last_at
"""
REMOVE = "DELETE FROM failure_resolution WHERE kind = %s AND fingerprint = %s"
# Retention has removed the last failure of these groups.
FORGET = """
DELETE FROM failure_resolution WHERE id = ANY (ARRAY(
    SELECT r.id FROM failure_resolution r
    WHERE NOT EXISTS (SELECT 1 FROM execution_run f WHERE r.kind = 'runs' AND f.fingerprint = r.fingerprint)
      AND NOT EXISTS (SELECT 1 FROM public.outbox_job j
                      WHERE r.kind = 'jobs' AND j.tenant_id = %s AND j.fingerprint = r.fingerprint)
    LIMIT %s FOR UPDATE SKIP LOCKED))
"""


@dataclass(frozen=True)
class Resolved:
    """An operator's note that a group of failures is resolved."""

    kind: str
    fingerprint: uuid.UUID
    reason: str
    by: str
    last_at: datetime
    """The note covers failures up to this time."""


def write(resolved: Resolved) -> None:
    values = {"kind": resolved.kind, "fingerprint": resolved.fingerprint, "reason": resolved.reason}
    execute(WRITE, {**values, "id": new_id(), "by": resolved.by, "last_at": resolved.last_at})


def remove(kind: str, fingerprint: uuid.UUID) -> bool:
    """Remove the resolution of a group of failures. Returns whether the group had a resolution."""
    return execute(REMOVE, [kind, fingerprint]) > 0


def forget_empty(tenant_id: uuid.UUID) -> None:
    fetch(f"{FORGET} RETURNING id", [tenant_id, FORGOTTEN_AT_ONCE])
