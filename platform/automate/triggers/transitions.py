"""Every statement that a request writes about its source."""

from __future__ import annotations

import uuid

from automate.kernel.sql import execute

# Also where another process has just done so: then nothing is written; nor where somebody is about to change the source, for
# whom no webhook waits.
MARK_USED = """
UPDATE source SET secret_uses = jsonb_set(secret_uses, ARRAY[%(version)s::text], to_jsonb(now()))
WHERE id = (
    SELECT id FROM source WHERE id = %(source)s AND coalesce((secret_uses ->> %(version)s::text)::timestamptz, '-infinity')
                                                    < now() - make_interval(secs => %(seconds)s)
    FOR NO KEY UPDATE SKIP LOCKED
)
"""


def mark_used(source_id: uuid.UUID, version: int, *, unless_within_seconds: float) -> int:
    """Note that a secret has just proved a sender. Returns how many rows were written, one or none."""
    return execute(MARK_USED, {"source": source_id, "version": version, "seconds": unless_within_seconds})
