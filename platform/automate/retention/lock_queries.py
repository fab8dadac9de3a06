"""Locks events, so that retention cannot remove these events before the transaction ends."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from automate.kernel.sql import fetch
from automate.kernel.transactions import require_transaction

EVENTS = 0x65766E74
"""The first half of an advisory lock's key; the second is the event."""
KEEP = f"""
SELECT pg_advisory_xact_lock_shared({EVENTS}, hashed.key)
FROM (SELECT DISTINCT hashtext(event::text) AS key FROM unnest(%s::uuid[]) AS e (event) ORDER BY 1) AS hashed
"""


def keep_events(event_ids: Sequence[uuid.UUID]) -> None:
    """Prevent the removal of events until the transaction ends. Read the events only after this call."""
    require_transaction()
    fetch(KEEP, [list(event_ids)])
