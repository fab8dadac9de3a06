"""Gives a number to each change of a tenant's event types. Only one transaction at a time can change these types."""

from __future__ import annotations

from automate.kernel.sql import fetch
from automate.kernel.tenancy import current_tenant
from automate.kernel.transactions import require_transaction

CHANGING = 1_163_284_549
"""The first half of an advisory lock's key; the second half is the tenant."""
TAKE_TURN = "SELECT pg_advisory_xact_lock(%s, hashtext(%s))"
NEXT_MARK = "SELECT coalesce(max(mark), 0) + 1 FROM event_type"


def next_mark() -> int:
    # Without the wait for other changes, a higher mark could be committed before a lower one. A cache with the higher mark
    # would then miss a change. Requires a transaction.
    require_transaction()
    fetch(TAKE_TURN, [CHANGING, str(current_tenant().id)])
    ((mark,),) = fetch(NEXT_MARK)
    return int(mark)
