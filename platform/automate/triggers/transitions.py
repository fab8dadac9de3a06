"""All SQL statements that change the row of a source when a webhook of this source arrives."""

from __future__ import annotations

import uuid

from automate.kernel.sql import execute

# Writes nothing where another process has just done so, or holds the row's lock: webhooks do not wait for it.
MARK_USED = """
UPDATE source SET secret_uses = jsonb_set(secret_uses, ARRAY[%(version)s::text], to_jsonb(now()))
WHERE id = (
    SELECT id FROM source WHERE id = %(source)s AND coalesce((secret_uses ->> %(version)s::text)::timestamptz, '-infinity')
                                                    < now() - make_interval(secs => %(seconds)s)
    FOR NO KEY UPDATE SKIP LOCKED
)
"""


def mark_used(source_id: uuid.UUID, version: int, *, unless_within_seconds: float) -> int:
    return execute(MARK_USED, {"source": source_id, "version": version, "seconds": unless_within_seconds})
