"""Every statement that a worker writes about endpoints and deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.ids import new_id
from automate.kernel.sql import as_set, execute, fetch

GONE = "the receiver answered 410 Gone"

# Whoever sends again, after a crash or because it failed, finds the row of the first attempt. Only here is known to which host
# a message goes, and before it leaves the ledger has it.
RECORD_DELIVERIES = """
WITH sent AS (
    SELECT * FROM json_to_recordset(%s::json) AS m (id uuid, endpoint_id uuid, key text, target text)
), targets AS (
    UPDATE effect f SET target = s.target FROM sent s WHERE f.key = s.key AND s.target NOT IN ('', f.target)
)
INSERT INTO webhook_delivery (id, endpoint_id, key, at)
SELECT id, endpoint_id, key, now() FROM sent ORDER BY id
ON CONFLICT (key) DO NOTHING
"""
# Only as it was when the message was sent: who has saved another URL meanwhile has mended it.
DISABLE_GONE = f"""
UPDATE webhook_endpoint e
SET disabled_at = now(), disabled_reason = '{GONE}', revision = e.revision + 1, updated_at = now()
FROM json_to_recordset(%s::json) AS m (id uuid, revision int)
WHERE e.id = m.id AND e.revision = m.revision AND e.disabled_at IS NULL AND e.deleted_at IS NULL
RETURNING e.id, e.slug
"""


@dataclass(frozen=True)
class Sent:
    """A message on its way to an endpoint. key: of its effect. target: the host that it goes to; empty where it goes to none."""

    endpoint_id: uuid.UUID
    key: str
    target: str


def record_deliveries(sent: Sequence[Sent]) -> None:
    execute(RECORD_DELIVERIES, [as_set([{"id": new_id(), **vars(one)} for one in sent])])


def disable_gone(seen: Sequence[tuple[str, int]]) -> list[tuple[uuid.UUID, str]]:
    """seen: ids, each with the revision that was sent to. Returns id and slug of those that were not disabled yet."""
    found = fetch(DISABLE_GONE, [as_set([{"id": row_id, "revision": revision} for row_id, revision in set(seen)])])
    return [(row_id, slug) for row_id, slug in found]
