"""Which names the environments of workers hold, as rows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from automate.kernel.ids import new_id
from automate.kernel.sql import execute
from automate.vault.queries import STALE_SECONDS

RECORD = """
INSERT INTO environment_names (id, worker_id, names, seen_at) VALUES (%s, %s, %s::jsonb, now())
ON CONFLICT (worker_id) DO UPDATE SET names = excluded.names, seen_at = excluded.seen_at
"""
FORGET_STALE = f"DELETE FROM environment_names WHERE seen_at < now() - interval '{STALE_SECONDS} s'"
FORGET = "DELETE FROM environment_names WHERE worker_id = %s"


def record_held_names(worker_id: uuid.UUID, names: Sequence[str]) -> None:
    """Say for the current tenant which names a worker holds now, and forget workers that gave no sign for long."""
    execute(FORGET_STALE)
    execute(RECORD, [new_id(), worker_id, json.dumps(list(names))])


def forget_held_names(worker_id: uuid.UUID) -> None:
    execute(FORGET, [worker_id])
