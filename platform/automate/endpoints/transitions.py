"""SQL statements that workers execute to write endpoints and deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from automate.kernel.ids import new_id
from automate.kernel.sql import as_set, execute, fetch

GONE = "the receiver answered 410 Gone"

# A repeat, after a crash or a failure, finds the row of the first attempt. The host of a message is known only here, and the
# ledger gets it before the message leaves.
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
# Only if unchanged since the message was sent: a URL that was saved meanwhile may have fixed the fault.
DISABLE_GONE = f"""
UPDATE webhook_endpoint e
SET disabled_at = now(), disabled_reason = '{GONE}', revision = e.revision + 1, updated_at = now()
FROM json_to_recordset(%s::json) AS m (id uuid, revision int)
WHERE e.id = m.id AND e.revision = m.revision AND e.disabled_at IS NULL AND e.deleted_at IS NULL
RETURNING e.id, e.slug
"""


@dataclass(frozen=True)
class Sent:
    """A message that is being sent to an endpoint."""

    endpoint_id: uuid.UUID
    key: str
    """The key of the message's effect."""
    target: str
    """The host; empty if nothing is sent."""


def record_deliveries(sent: Sequence[Sent]) -> None:
    execute(RECORD_DELIVERIES, [as_set([{"id": new_id(), **vars(one)} for one in sent])])


def disable_gone(seen: Sequence[tuple[str, int]]) -> list[tuple[uuid.UUID, str]]:
    """Disable endpoints that answered 410. Returns the id and slug of each disabled endpoint."""
    found = fetch(DISABLE_GONE, [as_set([{"id": row_id, "revision": revision} for row_id, revision in set(seen)])])
    return [(row_id, slug) for row_id, slug in found]
