"""Deletes old matches, old windows and the unused history of rules."""

from __future__ import annotations

import time
import uuid

from automate.kernel.bounded import BoundedCache
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.transactions import in_transaction
from automate.rules import transitions
from automate.rules.windows import transitions as windows

MATCH_KEPT_SECONDS = 90 * DAY_SECONDS
"""How long matches are stored. During this time, the API can explain why a rule did not match an event, and
show the rule as it was then."""
FORGET_EVERY_SECONDS = 300.0
"""The interval between two passes of one process for one tenant. If a pass reaches its limit of rows, the next
pass is due at once."""
FORGET_ROWS = 5_000
"""The number of rows that one pass deletes. It is about ten times what the largest set of events adds."""
OLDEST_MATCHES = 8_000
"""Number of oldest matches that are searched for the oldest version that is still needed. Matches are inserted
slightly out of order."""

_due: BoundedCache[uuid.UUID, float] = BoundedCache(50_000)


def forget_now_and_then(tenant_id: uuid.UUID) -> None:
    """Delete some old rows if a deletion is due. Call this function before matching, outside a transaction."""
    now = time.monotonic()
    due = _due.get(tenant_id)
    if due is not None and now >= due:
        more = forget() == FORGET_ROWS
        due = now if more else None
    if due is None:
        _due.put(tenant_id, now + FORGET_EVERY_SECONDS)


def forget() -> int:
    """Delete some old matches of the current tenant. Returns the number of deleted matches."""
    with in_transaction():
        return transitions.forget(MATCH_KEPT_SECONDS, matches=FORGET_ROWS, rules=FORGET_ROWS, oldest=OLDEST_MATCHES)


def tidy() -> bool:
    """Delete some old rows of the current tenant. Returns True if more old rows possibly remain."""
    matches = forget()
    with in_transaction():
        ended = windows.tidy(FORGET_ROWS)
    return FORGET_ROWS in {matches, ended}
