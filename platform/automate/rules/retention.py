"""How long it is known under which rules an event was matched, and which run took it: each event that is matched leaves rows, and
they may not heap up.

Whoever matches events removes former matches now and then, more than come in, and with them the rules as they stood when none of
the matches that are left was made. Where no events come any more, the scheduler does it, which looks after a few tenants at a time.
"""

from __future__ import annotations

import time
import uuid

from automate.kernel.bounded import BoundedCache
from automate.kernel.limits import DAY_SECONDS
from automate.kernel.transactions import in_transaction
from automate.rules import transitions
from automate.rules.windows import transitions as windows

MATCH_KEPT_SECONDS = 90 * DAY_SECONDS
"""How long it can be said why an event was passed over by a rule, and how a rule stood then."""
FORGET_EVERY_SECONDS = 300.0
"""In one process for one tenant, unless there is more to forget than goes at once."""
FORGET_ROWS = 5_000
"""At once: some ten times what the largest set of events that is matched at once leaves."""
OLDEST_MATCHES = 8_000
"""Matches are made a little out of order. The versions of so many of the oldest tell which one no match needs any more."""

_due: BoundedCache[uuid.UUID, float] = BoundedCache(50_000)


def forget_now_and_then(tenant_id: uuid.UUID) -> None:
    """Call before matching events, outside a transaction. Mostly it does nothing."""
    now = time.monotonic()
    due = _due.get(tenant_id)
    if due is not None and now >= due:
        more = forget() == FORGET_ROWS
        due = now if more else None
    if due is None:
        _due.put(tenant_id, now + FORGET_EVERY_SECONDS)


def forget() -> int:
    """Remove some of the current tenant's matches whose time is over, and of its rules as they stood before all that are left.
    Returns how many matches went.
    """
    with in_transaction():
        return transitions.forget(MATCH_KEPT_SECONDS, matches=FORGET_ROWS, rules=FORGET_ROWS, oldest=OLDEST_MATCHES)


def tidy() -> bool:
    """Remove some of what is over of the current tenant. Returns whether there may be more."""
    matches = forget()
    with in_transaction():
        ended = windows.tidy(FORGET_ROWS)
    return FORGET_ROWS in {matches, ended}
