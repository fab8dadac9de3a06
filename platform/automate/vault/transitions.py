"""SQL that locks secrets, and SQL that records the names of the secrets in each worker's environment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.ids import new_id
from automate.kernel.json_text import json_string
from automate.kernel.sql import execute, fetch
from automate.kernel.transactions import require_transaction
from automate.vault.queries import STALE_SECONDS

RECORD = """
INSERT INTO environment_names (id, worker_id, names, seen_at) VALUES (%s, %s, %s::jsonb, now())
ON CONFLICT (worker_id) DO UPDATE SET names = excluded.names, seen_at = excluded.seen_at
"""
FORGET_STALE = f"DELETE FROM environment_names WHERE seen_at < now() - interval '{STALE_SECONDS} s'"
FORGET = "DELETE FROM environment_names WHERE worker_id = %s"

LOCK_KEYS = "SELECT id FROM secret WHERE slug = ANY (%s) ORDER BY slug FOR KEY SHARE"


def lock_keys(names: Sequence[str]) -> None:
    """Prevent the deletion of secrets until the transaction ends."""
    require_transaction()
    fetch(LOCK_KEYS, [list(names)])


def record_held_names(worker_id: uuid.UUID, names: Sequence[str]) -> None:
    """Record which secrets of the current tenant a worker has in its environment. Only the names are stored."""
    execute(FORGET_STALE)
    execute(RECORD, [new_id(), worker_id, json_string(list(names))])


def forget_held_names(worker_id: uuid.UUID) -> None:
    execute(FORGET, [worker_id])
